internal import CLatentLensKernels

/// The best rows for each of many queries, while tiles of scores pass by.
///
/// Filled by one worker at a time; since the order of results is total, it does not matter which
/// worker saw which tile.
struct Leaders: Sendable {
  private let capacity: Int
  private var counts: [Int]
  private var scores: [Float]
  private var rows: [Int64]

  init(queries: Int, capacity: Int) {
    self.capacity = capacity
    counts = Array(repeating: 0, count: queries)
    scores = Array(repeating: 0, count: queries * capacity)
    rows = Array(repeating: 0, count: queries * capacity)
  }

  /// Takes the scores of a query with consecutive rows; rows have to come in ascending order.
  mutating func update(
    _ query: Int, _ values: UnsafePointer<Float>, first: Int, count: Int
  ) {
    let place = query * capacity
    let kept = counts[query]
    counts[query] = unsafe scores.withUnsafeMutableBufferPointer { scores in
      unsafe rows.withUnsafeMutableBufferPointer { rows in
        guard let score = scores.baseAddress, let row = rows.baseAddress else { return 0 }
        // The kernel stays within the `capacity` places of this query.
        return unsafe ll_keep_largest(
          score + place, row + place, kept, capacity, values, Int64(first), count)
      }
    }
  }

  /// The best of several workers, best first, for each query.
  static func merge(_ parts: [Leaders], queries: Int, k: Int) -> [[Scored]] {
    (0..<queries).map { query in
      var found: [Scored] = []
      for part in parts {
        let place = query * part.capacity
        for index in place..<place + part.counts[query] {
          found.append(Scored(row: Int(part.rows[index]), score: part.scores[index]))
        }
      }
      found.sort(by: Scored.precedes)
      return Array(found.prefix(k))
    }
  }
}
