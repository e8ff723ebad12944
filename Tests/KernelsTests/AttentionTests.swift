import Foundation
import LatentLensKernels
import LatentLensTensors
import Testing

/// Attention against torch, and against its definition in doubles over awkward shapes.
@Suite struct AttentionTests {
  let compute = Compute(threads: 2)

  @Test(arguments: ["full", "causal", "window", "cap"])
  func attentionMatchesTorch(name: String) throws {
    let fixture = try Fixture("attention")
    let q = try fixture.matrix("q", columns: 48)
    let k = try fixture.matrix("k", columns: 24)
    let v = try fixture.matrix("v", columns: 24)
    let attention = Attention(
      heads: 4, keyValueHeads: 2, headWidth: 12, mask: name == "full" ? .full : .causal,
      softCap: name == "cap" ? 0.5 : nil, window: name == "window" ? 4 : nil, compute: compute)
    let found = attention(q, k, v, segments: Segments(count: 9))
    try #expect(relativeError(found.values(), fixture[name]) < 1e-6)
  }

  struct Shape: Sendable, CustomTestStringConvertible {
    var counts: [Int]
    var heads = 2
    var keyValueHeads = 1
    var width = 8
    var mask = Attention.Mask.causal
    var cap: Float?
    var window: Int?
    /// Positions of the only sequence that see each other.
    var mutual: Range<Int>?

    var segments: Segments { Segments(counts: counts, mutualPositions: mutual.map { [$0] } ?? []) }

    var testDescription: String { "\(counts) \(heads)/\(keyValueHeads) x \(width) \(mask)" }

    func attention(_ compute: Compute) -> Attention {
      Attention(
        heads: heads, keyValueHeads: keyValueHeads, headWidth: width, mask: mask, softCap: cap,
        window: window, compute: compute)
    }

    /// The keys that a row sees among those of its sequence, and its weights on them in one head, in doubles.
    func weights(
      _ row: Int, _ head: Int, in range: Range<Int>, _ q: borrowing Matrix, _ k: borrowing Matrix
    ) -> [(key: Int, weight: Double)] {
      let shared = head / (heads / keyValueHeads) * width
      var seen: [(key: Int, weight: Double)] = []
      for key in range {
        let isSeen = mask == .full || key <= row
        let isMutual = mutual.map { $0.contains(row) && $0.contains(key) } ?? false
        guard isSeen || isMutual, window.map({ key > row - $0 }) ?? true else { continue }
        var score = 0.0
        for i in 0..<width { score += Double(q[row, head * width + i] * k[key, shared + i]) }
        score /= Double(width).squareRoot()
        if let cap { score = Double(cap) * tanh(score / Double(cap)) }
        seen.append((key, exp(score)))
      }
      let total = seen.reduce(0) { $0 + $1.weight }
      return seen.map { ($0.key, $0.weight / total) }
    }

    /// The mean over heads of each row's weights, on the keys of its sequence from the first.
    func naiveWeights(_ q: borrowing Matrix, _ k: borrowing Matrix) -> [Float] {
      let most = counts.max() ?? 0
      var mean = Array(repeating: Float(0), count: q.rows * most)
      let segments = Segments(counts: counts)
      for range in (0..<segments.count).map({ segments.range($0) }) {
        for row in range {
          for head in 0..<heads {
            for (key, weight) in weights(row, head, in: range, q, k) {
              mean[row * most + key - range.lowerBound] += Float(weight / Double(heads))
            }
          }
        }
      }
      return mean
    }

    /// The definition, in doubles.
    func naive(_ q: borrowing Matrix, _ k: borrowing Matrix, _ v: borrowing Matrix) -> [Float] {
      var out = Array(repeating: Float(0), count: q.rows * q.columns)
      let segments = Segments(counts: counts)
      for range in (0..<segments.count).map({ segments.range($0) }) {
        for row in range {
          for head in 0..<heads {
            let shared = head / (heads / keyValueHeads) * width
            let weights = weights(row, head, in: range, q, k)
            for i in 0..<width {
              let sum = weights.reduce(0) { $0 + Double(v[$1.key, shared + i]) * $1.weight }
              out[row * heads * width + head * width + i] = Float(sum)
            }
          }
        }
      }
      return out
    }
  }

  static let shapes: [Shape] = [
    Shape(counts: [1]), Shape(counts: [0, 3, 0, 1]), Shape(counts: [63, 64, 65]),
    Shape(counts: [130], heads: 6, keyValueHeads: 2, width: 5),
    Shape(counts: [77, 3], heads: 3, keyValueHeads: 3, width: 17, mask: .full),
    Shape(counts: [150], window: 7), Shape(counts: [150], width: 16, window: 70),
    Shape(counts: [90], cap: 0.7), Shape(counts: [40, 129], mask: .full, cap: 3),
    Shape(counts: [300], heads: 1, width: 3, mask: .full),
    // Beyond a block of depth: wide heads, many keys, and windows that begin inside a block.
    Shape(counts: [70], width: 300), Shape(counts: [600], heads: 1, width: 4),
    Shape(counts: [5, 600], heads: 1, width: 4, window: 270),
    // An image's tokens in the middle, at the beginning, and across blocks of queries.
    Shape(counts: [50], mutual: 10..<31), Shape(counts: [40], mutual: 0..<40),
    Shape(counts: [300], heads: 4, keyValueHeads: 2, mutual: 60..<200),
  ]

  @Test(arguments: shapes)
  func attentionMatchesItsDefinition(shape: Shape) {
    var random = Randomness()
    let rows = shape.counts.reduce(0, +)
    let q = random.matrix(rows, shape.heads * shape.width)
    let k = random.matrix(rows, shape.keyValueHeads * shape.width)
    let v = random.matrix(rows, shape.keyValueHeads * shape.width)
    let expected = shape.naive(q, k, v)
    for arithmetic in references {
      func attended(threads: Int) -> [Float] {
        let compute = Compute(threads: threads, arithmetic: arithmetic)
        return shape.attention(compute)(q, k, v, segments: shape.segments).values()
      }
      let found = attended(threads: 2)
      #expect(relativeError(found, expected) < 2e-6, "\(arithmetic)")
      for threads in [1, 3, 4] {
        #expect(attended(threads: threads) == found, "\(arithmetic), \(threads) threads")
      }
    }
  }

  /// Whoever looks is lent the mean over heads, and what is gathered stays the same bits.
  @Test(arguments: shapes)
  func lentWeightsMatchTheirDefinition(shape: Shape) {
    var random = Randomness()
    let rows = shape.counts.reduce(0, +)
    let q = random.matrix(rows, shape.heads * shape.width)
    let k = random.matrix(rows, shape.keyValueHeads * shape.width)
    let v = random.matrix(rows, shape.keyValueHeads * shape.width)
    let expected = shape.naiveWeights(q, k)
    for arithmetic in references {
      func lent(threads: Int) -> [Float] {
        let attention = shape.attention(Compute(threads: threads, arithmetic: arithmetic))
        var seen: [Float] = []
        let looked = attention(q, k, v, segments: shape.segments) { seen = $0.values() }
        #expect(looked.values() == attention(q, k, v, segments: shape.segments).values())
        return seen
      }
      let found = lent(threads: 2)
      #expect(found.count == expected.count)
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 2e-6 }, "\(arithmetic)")
      #expect(lent(threads: 3) == found, "\(arithmetic)")
      let width = max(shape.counts.max() ?? 0, 1)
      for first in stride(from: 0, to: found.count, by: width) {
        #expect(abs(found[first..<first + width].reduce(0, +) - 1) < 1e-5)
      }
    }
  }

  @Test(arguments: [nil, 9], references)
  func cachedTokensLendTheWeightsOfTheWholeSequence(window: Int?, arithmetic: Arithmetic) {
    var random = Randomness()
    let shape = Shape(counts: [130], heads: 4, keyValueHeads: 2, width: 8, window: window)
    let q = random.matrix(130, 32)
    let k = random.matrix(130, 16)
    let v = random.matrix(130, 16)
    let attention = shape.attention(Compute(threads: 2, arithmetic: arithmetic))
    var whole: [Float] = []
    _ = attention(q, k, v, segments: Segments(count: 130)) { whole = $0.values() }
    let cache = KeyValueCache(layers: 1)
    for piece in [0..<70, 70..<71, 71..<128, 128..<129, 129..<130] {
      let segments = Segments(count: piece.count, startingAt: cache.count)
      var lent: [Float] = []
      _ = attention(
        q.rows(piece), k.rows(piece), v.rows(piece), segments: segments, cache: cache.layer(0)
      ) { lent = $0.values() }
      for (row, place) in piece.enumerated() {
        let own = Array(lent[row * piece.upperBound..<(row + 1) * piece.upperBound])
        let expected = Array(whole[place * 130..<place * 130 + piece.upperBound])
        let bound: Float = arithmetic == .blas ? 1e-6 : 0
        #expect(zip(own, expected).allSatisfy { abs($0 - $1) <= bound })
      }
    }
  }

  /// Sequences that share rows see them as if each had them itself.
  @Test(arguments: [nil, 9], references)
  func sharedRowsAreSeenByAll(window: Int?, arithmetic: Arithmetic) {
    var random = Randomness()
    let shape = Shape(counts: [], heads: 4, keyValueHeads: 2, width: 8, window: window)
    let q = random.matrix(500, 32)
    let k = random.matrix(500, 16)
    let v = random.matrix(500, 16)
    let attention = shape.attention(Compute(threads: 2, arithmetic: arithmetic))
    let shared = [[], Array(0..<70), Array(0..<10) + Array(300..<330), []]
    let segments = Segments(counts: [300, 100, 90, 10], sharing: shared)
    #expect(segments.starts == [0, 70, 40, 0])
    let found = attention(q, k, v, segments: segments)
    for number in 0..<segments.count {
      let rows = shared[number] + segments.range(number)
      let alone = attention(
        q.gather(rows), k.gather(rows), v.gather(rows), segments: Segments(count: rows.count))
      let own = alone.rows(shared[number].count..<rows.count)
      let together = found.rows(segments.range(number)).values()
      // For some processors OpenBLAS adds up otherwise where there are more rows.
      let bound: Float = arithmetic == .blas ? 2e-6 : 0
      #expect(relativeError(together, own.values()) <= bound)
    }
  }

  @Test(arguments: [nil, 9], references)
  func cachedTokensContinueTheSequence(window: Int?, arithmetic: Arithmetic) {
    var random = Randomness()
    let shape = Shape(counts: [330], heads: 4, keyValueHeads: 2, width: 8, window: window)
    let q = random.matrix(330, 32)
    let k = random.matrix(330, 16)
    let v = random.matrix(330, 16)
    let compute = Compute(threads: 2, arithmetic: arithmetic)
    let attention = shape.attention(compute)
    let whole = attention(q, k, v, segments: Segments(count: 330))
    let cache = KeyValueCache(layers: 1)
    var pieces: [Float] = []
    for piece in [0..<50, 50..<51, 51..<52, 52..<255, 255..<256, 256..<257, 257..<330] {
      let segments = Segments(count: piece.count, startingAt: cache.count)
      pieces += attention(
        q.rows(piece), k.rows(piece), v.rows(piece), segments: segments, cache: cache.layer(0)
      ).values()
      #expect(cache.count == piece.upperBound)
    }
    // OpenBLAS promises less than the same bits.
    let bound: Float = compute.arithmetic == .blas ? 1e-6 : 0
    #expect(relativeError(pieces, whole.values()) <= bound)
  }
}
