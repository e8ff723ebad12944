import CLatentLensKernels
import Foundation
import LatentLensKernels
import LatentLensTensors
import Testing

/// The search against sorting everything.
@Suite struct SearchTests {
  let compute = Compute(threads: 3)

  private static func naive(
    _ query: [Float], _ rows: borrowing Matrix, k: Int, cosine: Bool
  ) -> [Scored] {
    func norm(_ values: [Float]) -> Double {
      cosine ? max(values.reduce(0) { $0 + Double($1 * $1) }.squareRoot(), 1e-12) : 1
    }
    let scored = (0..<rows.rows).map { row -> Scored in
      let values = rows.row(row)
      let dot = zip(query, values).reduce(0.0) { $0 + Double($1.0 * $1.1) }
      return Scored(row: row, score: Float(dot / norm(query) / norm(values)))
    }
    return Array(
      scored.sorted { $0.score != $1.score ? $0.score > $1.score : $0.row < $1.row }.prefix(k))
  }

  @Test(arguments: [Encoding.f32, .f16, .bf16, .i8], [Measure.dot, .cosine])
  func neighboursAreThoseOfSortingEverything(type: Encoding, measure: Measure) {
    var random = Randomness()
    let bytes = random.matrix(700, 37).encoded(as: type).bytes
    let rows = Weight(name: "rows", bytes: bytes, encoding: type, shape: [700, 37])
    let stored = Matrix(rows: 700, columns: 37, values: rows.floats())
    let queries = random.matrix(5, 37)
    // A search is exact, whatever linear layers are computed with.
    for arithmetic in Arithmetic.all {
      func search(threads: Int) -> [[Scored]] {
        let compute = Compute(threads: threads, arithmetic: arithmetic)
        return nearest(queries, among: rows, k: 9, measure: measure, compute: compute)
      }
      let found = search(threads: 3)
      for (query, neighbours) in found.enumerated() {
        let expected = Self.naive(queries.row(query), stored, k: 9, cosine: measure == .cosine)
        #expect(neighbours.map(\.row) == expected.map(\.row), "\(arithmetic)")
        let error = relativeError(neighbours.map(\.score), expected.map(\.score))
        #expect(error < 1e-6, "\(arithmetic)")
      }
      for threads in [1, 2, 4] {
        #expect(search(threads: threads) == found, "\(arithmetic), \(threads) threads")
      }
    }
  }

  /// Centred by hand in 64-bit floats: rows made unit, the mean taken away, made unit again. Some rows are
  /// crowded around the mean, as states of an anisotropic decoder are.
  @Test(arguments: [Encoding.f32, .bf16, .i8])
  func centredNeighboursAreThoseOfCentredRows(type: Encoding) {
    var random = Randomness()
    var raw = random.matrix(700, 37)
    for row in 0..<350 { raw[row, 0] += 40 }
    let bytes = raw.encoded(as: type).bytes
    let rows = Weight(name: "rows", bytes: bytes, encoding: type, shape: [700, 37])
    let unit = Matrix(rows: 700, columns: 37, values: rows.floats()).normalizedRows()
    let mean = unit.means(ofGroups: [700]).row(0)
    var centred = unit.copy()
    centred.add(row: mean.map { -$0 })
    let queries = random.matrix(5, 37)
    let found = nearest(
      queries, among: rows, k: 9, measure: .cosineWithout(CommonPart(mean: mean)), compute: compute)
    for (query, neighbours) in found.enumerated() {
      let expected = Self.naive(queries.row(query), centred, k: 9, cosine: true)
      #expect(neighbours.map(\.row) == expected.map(\.row))
      #expect(relativeError(neighbours.map(\.score), expected.map(\.score)) < 2e-6)
    }
  }

  /// Without the mean and the first principal directions, which are taken away by hand; a decomposition by
  /// another way, powers of the covariance, says which these are.
  @Test(arguments: [700, 30])
  func neighborsWithoutTheTopAreThoseOfWhatIsLeft(count: Int) {
    var random = Randomness()
    var raw = random.matrix(count, 37)
    for row in 0..<count {
      for (column, factor) in [(0, Float(9)), (5, 4), (9, 2.5)] { raw[row, column] *= factor }
      raw[row, 3] += 20
    }
    let rows = Weight(name: "rows", floats: raw.values(), shape: [count, 37])
    let common = CommonPart(of: rows, directions: 3)
    #expect(common.directions.count == 3)
    var left = raw.normalizedRows()
    #expect(relativeError(common.mean, left.means(ofGroups: [count]).row(0)) < 1e-5)
    left.add(row: common.mean.map { -$0 })
    for direction in common.directions {
      #expect(direction.max { abs($0) < abs($1) }! > 0)
      let first = Self.firstDirection(of: left)
      #expect(abs(zip(first, direction).reduce(0) { $0 + $1.0 * Double($1.1) }) > 1 - 1e-6)
      for row in 0..<count {
        let share = zip(left.row(row), direction).reduce(Float(0)) { $0 + $1.0 * $1.1 }
        for column in 0..<37 { left[row, column] -= share * direction[column] }
      }
    }
    let queries = random.matrix(5, 37)
    let found = nearest(
      queries, among: rows, k: 9, measure: .cosineWithout(common), compute: compute)
    for (query, neighbours) in found.enumerated() {
      let expected = Self.naive(queries.row(query), left, k: 9, cosine: true)
      #expect(neighbours.map(\.row) == expected.map(\.row))
      #expect(relativeError(neighbours.map(\.score), expected.map(\.score)) < 1e-5)
    }
  }

  /// The direction of the largest variance: what many products with the covariance leave of any vector.
  private static func firstDirection(of rows: borrowing Matrix) -> [Double] {
    var vector = (0..<rows.columns).map { Double($0 % 5) + 1 }
    for _ in 0..<2000 {
      var next = [Double](repeating: 0, count: rows.columns)
      for row in 0..<rows.rows {
        let values = rows.row(row).map(Double.init)
        let share = zip(values, vector).reduce(0) { $0 + $1.0 * $1.1 }
        for (column, value) in values.enumerated() { next[column] += share * value }
      }
      let length = next.reduce(0) { $0 + $1 * $1 }.squareRoot()
      vector = next.map { $0 / length }
    }
    return vector
  }

  @Test func whatDoesNotVaryHasNoDirections() {
    let same = Weight(name: "rows", floats: Array(repeating: 1, count: 12), shape: [6, 2])
    let common = CommonPart(of: same, directions: 2)
    #expect(relativeError(common.mean, [Float(0.5).squareRoot(), Float(0.5).squareRoot()]) < 1e-6)
    #expect(common.directions.isEmpty && common.keeping(3) == common)
    let line = Weight(name: "rows", floats: [1, 0, 0, 1, 1, 0], shape: [3, 2])
    #expect(CommonPart(of: line, directions: 2).directions.count == 1)
    let none = Weight(name: "rows", floats: [], shape: [0, 2])
    #expect(CommonPart(of: none, directions: 2) == CommonPart(mean: [0, 0]))
  }

  private static let shifted = CommonPart(mean: Array(repeating: 0.1, count: 37))

  @Test(arguments: [
    Measure.dot, .cosine, .cosineWithout(shifted),
    .cosineWithout(
      CommonPart(mean: shifted.mean, directions: [(0..<37).map { $0 == 4 ? 1 : 0 }])),
  ])
  func pairsScoreAsInASearch(measure: Measure) {
    var random = Randomness()
    let bytes = random.matrix(60, 37).encoded(as: .f16).bytes
    let rows = Weight(name: "rows", bytes: bytes, encoding: .f16, shape: [60, 37])
    let queries = random.matrix(7, 37)
    let found = nearest(queries, among: rows, k: 60, measure: measure, compute: compute)
    for place in [0, 3, 59] {
      let numbers = found.map { $0[place].row }
      let paired = scores(queries, with: numbers, of: rows, measure: measure)
      #expect(relativeError(paired, found.map { $0[place].score }) < 1e-5)
    }
  }

  @Test func tiesGoToTheLowerRow() {
    let rows = Weight(name: "rows", floats: Array(repeating: 1, count: 500), shape: [500, 1])
    let query = Matrix(rows: 1, columns: 1, values: [3])
    let found = nearest(query, among: rows, k: 4, measure: .cosine, compute: compute)
    #expect(found == [(0..<4).map { Scored(row: $0, score: 1) }])
  }

  @Test func moreNeighboursThanRowsAreAllRows() {
    let rows = Weight(name: "rows", floats: [1, 3, 2], shape: [3, 1])
    let query = Matrix(rows: 2, columns: 1, values: [1, -1])
    let found = nearest(query, among: rows, k: 99, measure: .dot, compute: compute)
    #expect(found.map { $0.map(\.row) } == [[1, 2, 0], [0, 2, 1]])
    #expect(nearest(query, among: rows, k: 0, measure: .dot, compute: compute) == [[], []])
    let none = Weight(name: "rows", floats: [], shape: [0, 1])
    #expect(nearest(query, among: none, k: 2, measure: .dot, compute: compute) == [[], []])
  }

  @Test func notANumberNeverWins() {
    let rows = Weight(name: "rows", floats: [.nan, -5, .nan, 2], shape: [4, 1])
    let query = Matrix(rows: 1, columns: 1, values: [1])
    let found = nearest(query, among: rows, k: 4, measure: .dot, compute: compute)
    #expect(found[0].map(\.row) == [3, 1, 0, 2])
    #expect(found[0].map(\.score) == [2, -5, -.infinity, -.infinity])
  }

  @Test func rowsOfZerosScoreZero() {
    let rows = Weight(name: "rows", floats: [0, 0, 1e-30, 0, -3, 0], shape: [3, 2])
    let query = Matrix(rows: 1, columns: 2, values: [1, 0])
    let found = nearest(query, among: rows, k: 3, measure: .cosine, compute: compute)
    #expect(found[0].first { $0.row == 0 }?.score == 0)
    #expect(found[0].last == Scored(row: 2, score: -1))
  }

  @Test func lengthsChangeNoCosine() {
    var random = Randomness()
    let rows = Weight(name: "rows", floats: random.floats(640), shape: [64, 10])
    let queries = random.matrix(3, 10)
    var longer = queries.copy()
    longer.scale(by: 8)
    let found = nearest(queries, among: rows, k: 5, measure: .cosine, compute: compute)
    #expect(nearest(longer, among: rows, k: 5, measure: .cosine, compute: compute) == found)
  }

  @Test(arguments: references)
  func predictionsAreTheHeadsLogits(arithmetic: Arithmetic) {
    var random = Randomness()
    let weight = Weight(name: "head", floats: random.floats(300 * 20), shape: [300, 20])
    let compute = Compute(threads: 3, arithmetic: arithmetic)
    let head = Linear(weight, bias: random.floats(300), compute: compute)
    let states = random.matrix(4, 20)
    for cap in [nil, Float(5)] {
      let found = predictions(states, head: head, k: 7, softCap: cap)
      let logits = head(states)
      for (row, prediction) in found.enumerated() {
        let values = logits.row(row).map { value in cap.map { $0 * tanhf(value / $0) } ?? value }
        let expected = values.enumerated().sorted {
          $0.element != $1.element ? $0.element > $1.element : $0.offset < $1.offset
        }.prefix(7)
        #expect(prediction.top.map(\.row) == expected.map(\.offset))
        let sum = log(values.reduce(0.0) { $0 + exp(Double($1)) })
        #expect(abs(prediction.logSumExp - sum) < 1e-6)
        let best = exp(Double(expected[0].element) - sum)
        #expect(abs(prediction.probability(of: prediction.top[0]) - best) < 1e-6)
      }
      for threads in [1, 2, 4] {
        let compute = Compute(threads: threads, arithmetic: arithmetic)
        let other = Linear(weight, bias: head.bias, compute: compute)
        #expect(predictions(states, head: other, k: 7, softCap: cap) == found)
      }
    }
  }

  @Test func hugeLogitsDoNotOverflow() {
    let head = Linear(
      Weight(name: "head", floats: [1000, 1000, -1000], shape: [3, 1]), compute: compute)
    let states = Matrix(rows: 1, columns: 1, values: [1])
    let found = predictions(states, head: head, k: 1)[0]
    #expect(abs(found.logSumExp - 1000 - log(2)) < 1e-9)
    #expect(abs(found.probability(of: found.top[0]) - 0.5) < 1e-9)
  }

  @Test func keepingTheLargestAgreesAtEveryLength() {
    typealias Kernel =
      @Sendable (
        UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Int64>?, Int, Int, UnsafePointer<Float>?,
        Int64, Int
      ) -> Int
    let kernels: [Kernel] = unsafe [
      ll_keep_largest_plain, ll_keep_largest, ll_keep_largest_baseline, ll_keep_largest_avx2,
      ll_keep_largest_avx512,
    ]
    let variants = unsafe Variants(kernels) { (kernel: @escaping Kernel) in
      { (scores: [Float], capacity: Int) -> [Scored] in
        var best = Array(repeating: Float(0), count: capacity)
        var rows = Array(repeating: Int64(0), count: capacity)
        // In two calls, as tiles come.
        let half = scores.count / 2
        let first = Array(scores[..<half])
        let second = Array(scores[half...])
        var kept = unsafe kernel(&best, &rows, 0, capacity, first, 0, first.count)
        kept = unsafe kernel(&best, &rows, kept, capacity, second, Int64(half), second.count)
        return (0..<kept).map { Scored(row: Int(rows[$0]), score: best[$0]) }
      }
    }
    var random = Randomness()
    for length in lengths {
      // Few distinct scores make many ties.
      let scores = (0..<length).map { _ in Float(Int.random(in: 0...9, using: &random)) }
      for capacity in [0, 1, 5, 200] {
        let sorted = scores.enumerated().sorted {
          $0.element != $1.element ? $0.element > $1.element : $0.offset < $1.offset
        }
        let expected = sorted.prefix(capacity).map { Scored(row: $0.offset, score: $0.element) }
        #expect(variants.plain(scores, capacity) == expected)
        for variant in variants.available { #expect(variant(scores, capacity) == expected) }
      }
    }
  }
}
