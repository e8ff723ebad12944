internal import CLatentLensKernels
internal import LatentLensTensors

/// For each query a score below which nothing is wanted any more, whichever worker found what is better.
@safe
final class Floors: @unchecked Sendable {
  // Read and raised by several threads at once, by atomic instructions alone.
  private let base: UnsafeMutablePointer<Float>
  private let count: Int

  /// - Parameter start: for each query a score below which nothing is wanted from the beginning.
  init(queries: Int, from start: [Float]?) {
    count = queries
    unsafe base = allocateFloats(queries)
    for query in 0..<queries {
      // What was rounded to a floor may lie below it.
      unsafe base[query] = start?[query].nextDown ?? -.infinity
    }
  }

  deinit { unsafe deallocateFloats(base) }

  subscript(query: Int) -> Float {
    precondition(0..<count ~= query, "query \(query) of \(count)")
    return unsafe ll_floor(base + query)
  }

  func raise(_ query: Int, to score: Float) {
    precondition(0..<count ~= query, "query \(query) of \(count)")
    unsafe ll_raise(base + query, score)
  }
}

/// The best rows so far of each of many queries, as one worker knows them.
struct Finalists: Sendable {
  private let k: Int
  private var best: [[ExactScore]]
  /// The k-th best of any worker is no better than the k-th best of all.
  private let floors: Floors

  init(queries: Int, k: Int, floors: Floors) {
    self.k = k
    best = Array(repeating: [], count: queries)
    self.floors = floors
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
      floors.raise(query, to: Self.below(last.score))
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
