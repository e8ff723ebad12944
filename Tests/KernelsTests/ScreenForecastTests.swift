import LatentLensKernels
import LatentLensTensors
import Testing

/// What is told of a screened search before it is begun, held to counting.
@Suite struct ScreenForecastTests {
  private static let width = 64
  private static let count = 20_000

  /// Rows around a point, at some distance of it.
  private static func rows(_ count: Int, spread: Float, seed: UInt64) -> [Float] {
    var random = SeededRandom(seed: seed)
    return (0..<count * width).map { place in
      let noise = (0..<4).reduce(Float(0)) { sum, _ in sum + Float(random.nextFraction()) - 0.5 }
      return (place % width == 0 ? 1 : 0) + spread * noise
    }
  }

  private static func unit(_ row: ArraySlice<Float>) -> [Float] {
    let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return row.map { $0 / length }
  }

  private static func length(_ row: [Float]) -> Float {
    row.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  /// What rounding to 8 bits takes away.
  private static func rounded(_ row: [Float]) -> Float {
    let step = (row.map(abs).max() ?? 0) / 127
    return length(row.map { $0 - ($0 / step).rounded() * step })
  }

  /// How many rows a search computes that goes through them one by one.
  private static func counted(_ query: [Float], _ rows: [[Float]], _ center: [Float], k: Int) -> Int
  {
    // What is rounded of a query is what is left of it without its share of the center.
    let share =
      zip(query, center).reduce(0) { $0 + $1.0 * $1.1 } / center.reduce(0) { $0 + $1 * $1 }
    let left = zip(query, center).map { $0 - share * $1 }
    let error = rounded(left)
    var best: [Float] = []
    var computed = 0
    for row in rows {
      let rest = zip(row, center).map { $0 - $1 }
      let score = zip(query, row).reduce(0) { $0 + $1.0 * $1.1 }
      let bound = (length(left) + error) * rounded(rest) + error * length(rest)
      if best.count == k, score + bound < best[k - 1] { continue }
      computed += 1
      best = Array((best + [score]).sorted(by: >).prefix(k))
    }
    return computed
  }

  private static func told(
    _ rows: Weight, _ queries: borrowing Matrix, _ center: [Float], k: Int
  ) -> Int {
    var forecast = ScreenForecast(queries)
    // Two tables, the first of which raises the floor for the second.
    for half in [0..<count / 2, count / 2..<count] {
      forecast.add(
        rows.rows(half), sampled: Array(stride(from: 0, to: half.count, by: 10)), center: center)
    }
    return forecast.rescans(k: k)
  }

  @Test(arguments: [1, 5], [0.1, 1] as [Float])
  func rescansAreAboutWhatIsCounted(k: Int, spread: Float) throws {
    let values = Self.rows(Self.count, spread: spread, seed: 1)
    let weight = Weight(name: "rows", floats: values, shape: [Self.count, Self.width])
    let rows = (0..<Self.count).map { Self.unit(values[$0 * Self.width..<($0 + 1) * Self.width]) }
    let center = meanOfUnitRows(weight)
    let asked = Self.rows(12, spread: spread, seed: 2)
    let queries = Matrix(rows: 12, columns: Self.width, values: asked)
    let told = Self.told(weight, queries, center, k: k)
    let found = (0..<12).map { query in
      Self.counted(
        Self.unit(asked[query * Self.width..<(query + 1) * Self.width]), rows, center, k: k)
    }
    let mean = Double(found.reduce(0, +)) / 12
    #expect(Double(told) < 2 * mean && Double(told) > mean / 2, "\(told) told, \(mean) counted")
  }
}
