internal import CLatentLensKernels
internal import LatentLensTensors

/// What a measure makes of a panel of products.
struct PanelScoring: ~Copyable {
  /// What rows are multiplied with: the queries, unit where the measure is a cosine, and behind them the
  /// mean of the rows, where one is taken from them.
  let factors: Matrix
  private let queries: Int
  private let measure: Measure
  /// The product of each query with the mean.
  private let offsets: [Float]
  private let squaredMean: Float

  init(_ measure: Measure, _ queries: borrowing Matrix) {
    self.measure = measure
    self.queries = queries.rows
    switch measure {
    case .dot:
      factors = queries.copy()
      (offsets, squaredMean) = ([], 0)
    case .cosine:
      factors = queries.normalizedRows()
      (offsets, squaredMean) = ([], 0)
    case .centeredCosine(let mean):
      let unit = queries.normalizedRows()
      offsets = (0..<unit.rows).map { row in
        unsafe ll_dot(unit.base + row * unit.columns, mean, unit.columns)
      }
      squaredMean = unsafe ll_dot(mean, mean, mean.count)
      factors = Matrix(
        joiningRows: unit, Matrix(rows: 1, columns: mean.count, values: mean))
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
    guard case .centeredCosine = measure else {
      for query in 0..<queries { unsafe ll_multiply(products + query * count, norms, count) }
      return
    }
    // The mean's own products become what is left of each row: |r - m|² = |r|² - 2 r·m + |m|².
    let left = unsafe products + queries * count
    for row in 0..<count {
      let squared: Float = unsafe norms[row] < 1e12 ? 1 : 0
      let rest = unsafe squared - 2 * left[row] * norms[row] + squaredMean
      unsafe left[row] = 1 / max(rest, 1e-12).squareRoot()
    }
    for query in 0..<queries {
      let scores = unsafe products + query * count
      for row in 0..<count {
        unsafe scores[row] = (scores[row] * norms[row] - offsets[query]) * left[row]
      }
    }
  }
}
