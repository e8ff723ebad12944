internal import CLatentLensKernels
internal import Glibc
public import LatentLensTensors

/// Tells from samples of tables how many rows a search that looks in 8 bits first will have to compute again.
///
/// A row is computed again if its score and the bound of its error reach the worst of the best so far, which rises from
/// row to row and from table to table. How many rows of a table reach a score is counted in its sample; of the best
/// few, the excesses over the last of them are taken to be exponential, as the tails of most distributions nearly are.
public struct ScreenForecast: ~Copyable {
  private let unit: Matrix
  /// For each query its scores with the samples, table by table.
  private var samples: [[Sample]]

  /// - Parameter queries: `[n, width]`, some of those that will be searched for, or others like them.
  public init(_ queries: borrowing Matrix) {
    unit = queries.normalizedRows()
    samples = Array(repeating: [], count: queries.rows)
  }

  /// Whether a search for so many queries looks in 8 bits first, here and among these rows.
  public static func applies(queries: Int, among rows: Weight) -> Bool {
    Screen.pays(queries: queries, rows: rows, measure: .cosine)
  }

  /// Adds the table that is searched next, of which some rows are looked at.
  ///
  /// - Parameter center: the point that the rows, made unit, crowd around.
  public mutating func add(_ table: Weight, sampled numbers: [Int], center: [Float]) {
    var scores = Array(repeating: [Float](), count: samples.count)
    var (rest, lost) = (Float(0), Float(0))
    for number in numbers {
      let row = Matrix(
        rows: 1, columns: unit.columns, values: table.rows(number..<number + 1).floats()
      ).normalizedRows().row(0)
      let difference = zip(row, center).map { $0 - $1 }
      rest += Self.length(difference) / Float(numbers.count)
      lost += Self.rounding(difference) / Float(numbers.count)
      for query in samples.indices {
        unsafe scores[query].append(ll_dot(unit.base + query * row.count, row, row.count))
      }
    }
    var left = unit.copy()
    _ = left.removeShares(of: center)
    for query in samples.indices {
      // What rounding takes from the query.
      let error = Self.rounding(left.row(query))
      let bound = (Self.length(left.row(query)) + error) * lost + error * rest
      samples[query].append(
        Sample(scores[query], of: table.shape[0], bound: Double(bound)))
    }
  }

  /// About how many rows are computed again for a query, on average, for its `k` nearest.
  public func rescans(k: Int) -> Int {
    let found = samples.map { Self.rescans($0, k: Double(k)) }
    return Int((found.reduce(0, +) / Double(max(1, found.count))).rounded())
  }

  private static func rescans(_ tables: [Sample], k: Double) -> Double {
    var computed = 0.0
    for (number, table) in tables.enumerated() {
      let before = floor(k, tables[..<number].map { ($0, $0.count) })
      // In ever longer stretches, since the best so far rises ever more slowly.
      var (done, end) = (0.0, 1.0)
      while done < table.count {
        end = min(2 * end, table.count)
        let worst = max(before, floor(k, [(table, (done + end) / 2)]))
        computed += (end - done) * table.share(above: worst - table.bound)
        done = end
      }
    }
    return computed
  }

  /// The score that `k` rows are expected to reach of so many of each table.
  private static func floor(_ k: Double, _ tables: [(table: Sample, rows: Double)]) -> Double {
    var (low, high) = (-1.0, 1.0)
    for _ in 0..<32 {
      let middle = (low + high) / 2
      let expected = tables.reduce(0) { $0 + $1.rows * $1.table.share(above: middle) }
      if expected > k { low = middle } else { high = middle }
    }
    return low
  }

  private static func length(_ values: [Float]) -> Float {
    unsafe ll_dot(values, values, values.count).squareRoot()
  }

  /// The length of what is lost when values are rounded to 8 bits.
  private static func rounding(_ values: [Float]) -> Float {
    var told: [Float] = [0, 0, 0]
    var whole = [Float](repeating: 0, count: (values.count + 3) / 4)
    unsafe ll_quantize(&whole, values, values.count, 0, &told)
    return told[1]
  }
}

/// The scores of one query with some rows of a table.
private struct Sample {
  /// How many rows the table has.
  let count: Double
  /// By how much a score in 8 bits may be off, on average.
  let bound: Double
  /// Ascending.
  private let scores: [Float]
  /// How many of the best stand for the tail, the score before them, and their mean excess over it.
  private let tail: Int
  private let threshold, excess: Double

  init(_ scores: [Float], of count: Int, bound: Double) {
    self.count = Double(count)
    self.bound = bound
    self.scores = scores.sorted()
    // Enough for a mean, and few enough to be a tail.
    tail = max(0, min(max(32, scores.count / 50), scores.count - 1))
    let best = self.scores.suffix(tail).map(Double.init)
    let threshold = self.scores.isEmpty ? 0 : Double(self.scores[scores.count - tail - 1])
    self.threshold = threshold
    excess = max(1e-9, best.reduce(0) { $0 + $1 - threshold } / Double(max(1, tail)))
  }

  /// The share of rows whose scores are above one.
  func share(above score: Double) -> Double {
    guard !scores.isEmpty else { return 0 }
    guard score < threshold else {
      return Double(tail) / Double(scores.count) * exp((threshold - score) / excess)
    }
    var (first, end) = (0, scores.count)
    while first < end {
      let middle = (first + end) / 2
      if Double(scores[middle]) > score { end = middle } else { first = middle + 1 }
    }
    return Double(scores.count - first) / Double(scores.count)
  }
}
