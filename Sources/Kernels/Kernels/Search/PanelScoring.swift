internal import CLatentLensKernels
internal import LatentLensTensors

/// What a measure makes of a panel of products.
struct PanelScoring: ~Copyable {
  /// What rows are multiplied with: the queries, unit where the measure is a cosine, and behind them what is
  /// taken from the rows: their mean, and the directions around it.
  let factors: Matrix
  private let queries: Int
  private let measure: Measure
  /// What is taken from rows: itself multiplied with each of the queries and, behind them, with itself.
  /// Nothing where nothing is taken.
  private let taken: [Taken]

  private struct Taken {
    /// The product of each query with this part.
    let shares: [Float]
    /// The product of the mean with this part.
    let ofMean: Float
  }

  init(_ measure: Measure, _ queries: borrowing Matrix) {
    self.measure = measure
    self.queries = queries.rows
    switch measure {
    case .dot:
      factors = queries.copy()
      taken = []
    case .cosine:
      factors = queries.normalizedRows()
      taken = []
    case .cosineWithout(let common):
      let unit = queries.normalizedRows()
      let parts = [common.mean] + common.directions
      taken = parts.map { part in
        Taken(
          shares: (0..<unit.rows).map { row in
            unsafe ll_dot(unit.base + row * unit.columns, part, unit.columns)
          },
          ofMean: unsafe ll_dot(common.mean, part, part.count))
      }
      factors = Matrix(
        joiningRows: unit,
        Matrix(rows: parts.count, columns: common.mean.count, values: parts.flatMap(\.self)))
    }
  }

  /// Turns products into scores, in their places.
  ///
  /// - Parameters:
  ///   - products: of each factor with `count` rows, factor after factor.
  ///   - norms: of the rows; overwritten. Not read for dot products.
  func finish(
    _ products: UnsafeMutablePointer<Float>, _ norms: UnsafeMutablePointer<Float>, count: Int
  ) {
    guard measure != .dot else { return }
    for row in 0..<count { unsafe norms[row] = 1 / max(norms[row], 1e-12) }
    guard let mean = taken.first else {
      for query in 0..<queries { unsafe ll_multiply(products + query * count, norms, count) }
      return
    }
    // With unit rows r, the mean m and directions d, what is left of a row is v = r - m - Σ d (d·r - d·m):
    //   |v|² = |r|² - 2 r·m + |m|² - Σ (d·r - d·m)²,   q·v = q·r - q·m - Σ q·d (d·r - d·m).
    let left = unsafe products + queries * count
    for row in 0..<count {
      let squared: Float = unsafe norms[row] < 1e12 ? 1 : 0
      unsafe left[row] = squared - 2 * left[row] * norms[row] + mean.ofMean
    }
    for (number, direction) in taken.enumerated().dropFirst() {
      let shares = unsafe left + number * count
      for row in 0..<count {
        let share = unsafe shares[row] * norms[row] - direction.ofMean
        unsafe shares[row] = share
        unsafe left[row] -= share * share
      }
    }
    for row in 0..<count { unsafe left[row] = unsafe 1 / max(left[row], 1e-12).squareRoot() }
    for query in 0..<queries {
      let scores = unsafe products + query * count
      for row in 0..<count {
        unsafe scores[row] = scores[row] * norms[row] - mean.shares[query]
      }
      for (number, direction) in taken.enumerated().dropFirst() {
        let (shares, share) = unsafe (left + number * count, direction.shares[query])
        for row in 0..<count { unsafe scores[row] -= share * shares[row] }
      }
      unsafe ll_multiply(scores, left, count)
    }
  }
}
