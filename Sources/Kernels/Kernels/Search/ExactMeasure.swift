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

/// The best rows so far of each of many queries.
struct Finalists: Sendable {
  private let k: Int
  private var best: [[ExactScore]]
  private var floors: [Float]

  /// - Parameter floors: for each query a score below which nothing is wanted.
  init(queries: Int, k: Int, floors: [Float]?) {
    self.k = k
    best = Array(repeating: [], count: queries)
    // What was rounded to a floor may lie below it.
    self.floors = floors?.map(\.nextDown) ?? Array(repeating: -.infinity, count: queries)
  }

  /// What a score must not be below to be of any interest.
  func floor(of query: Int) -> Float { floors[query] }

  mutating func offer(_ score: ExactScore, to query: Int) {
    let place =
      best[query].firstIndex { ExactScore.precedes(score, $0) } ?? best[query].endIndex
    guard place < k else { return }
    best[query].insert(score, at: place)
    if best[query].count > k { best[query].removeLast() }
    if best[query].count == k, let last = best[query].last {
      floors[query] = max(floors[query], Self.below(last.score))
    }
  }

  /// A 32-bit float that is not above a number.
  private static func below(_ number: Double) -> Float {
    let rounded = Float(number)
    return Double(rounded) > number ? rounded.nextDown : rounded
  }

  /// The best of several workers, best first, for each query.
  static func merge(_ parts: [Finalists], queries: Int, k: Int) -> [[ExactScore]] {
    (0..<queries).map { query in
      Array(parts.flatMap { $0.best[query] }.sorted(by: ExactScore.precedes).prefix(k))
    }
  }
}
