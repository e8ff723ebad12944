internal import CLatentLensKernels
internal import LatentLensTensors

/// A row and its score in 64-bit floats.
struct ExactScore: Sendable, Equatable {
  let row: Int
  let score: Double

  /// The order of results: higher scores first, then lower rows.
  static func precedes(_ left: ExactScore, _ right: ExactScore) -> Bool {
    left.score != right.score ? left.score > right.score : left.row < right.row
  }
}

/// Scores in 64-bit floats, of queries that are known with one row after the other.
struct ExactMeasure: ~Copyable {
  private let queries: Matrix
  private let norms: [Double]
  /// What is taken from rows, the mean first; nothing where nothing is.
  private let taken: [[Float]]
  private let flat: [Float]

  /// Whether scores are divided by the length of what is left of a row.
  var isDivided: Bool { !taken.isEmpty }

  init(_ measure: Measure, _ queries: borrowing Matrix) {
    let width = queries.columns
    let own = queries.copy()
    norms = (0..<queries.rows).map { row in
      let start = unsafe own.base + row * width
      return max(unsafe ll_dot_exact(start, start, width).squareRoot(), 1e-12)
    }
    if case .cosineWithout(let common) = measure {
      taken = [common.mean] + common.directions
    } else {
      taken = []
    }
    flat = taken.flatMap(\.self)
    self.queries = own
  }

  /// The score of a query with a row, of any length; one that is no number is minus infinity.
  ///
  /// - Parameter scratch: room for as many 64-bit floats as a row has elements.
  func score(
    of query: Int, _ row: UnsafePointer<Float>, scratch: UnsafeMutablePointer<Double>
  ) -> Double {
    let width = queries.columns
    let own = unsafe queries.base + query * width
    let score: Double
    if taken.isEmpty {
      let norm = max(unsafe ll_dot_exact(row, row, width).squareRoot(), 1e-12)
      score = unsafe ll_dot_exact(own, row, width) / norms[query] / norm
    } else {
      score = unsafe ll_cosine_without(own, row, flat, taken.count, scratch, width)
    }
    return score.isNaN ? -.infinity : score
  }
}
