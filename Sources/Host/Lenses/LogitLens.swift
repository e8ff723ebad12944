package import LatentLensComponents
package import LatentLensKernels
package import LatentLensTensors

extension Lens {
  /// What the LM head makes of a state: final norm, once, with the state's own statistics, then the head
  /// (nostalgebraist, "interpreting GPT: the logit lens", 2020).
  package static let logit = Lens(
    "logit", title: "LogitLens", score: .logit, from: .decoder { LogitLens($0.decoder) })
}

/// Sends states through a decoder's final norm and its head.
package struct LogitLens: LensReader {
  private let decoder: any LanguageDecoder
  private let normalize: @Sendable (borrowing Matrix) -> Matrix

  package init(_ decoder: any LanguageDecoder) {
    self.init(decoder) { decoder.normalize($0) }
  }

  /// - Parameter normalize: what is done before the head, in place of the decoder's final norm.
  package init(
    _ decoder: any LanguageDecoder,
    normalize: @escaping @Sendable (borrowing Matrix) -> Matrix
  ) {
    self.decoder = decoder
    self.normalize = normalize
  }

  /// The tokens with the largest logits; ties go to the lower token.
  package func neighbors(of batch: borrowing StateBatch, topK: Int) -> [[Neighbor]] {
    decoder.head.predictions(of: normalize(batch.states), k: topK).map(\.neighbors)
  }

  package func scores(of batch: borrowing StateBatch, with neighbors: [Neighbor]) -> [Float] {
    decoder.head.logits(of: normalize(batch.states), at: neighbors.map(\.tokenID))
  }

  /// The last block's output has to give the logits that the model itself gives: through the norm and the
  /// head once, at every position.
  package func check(_ probe: any LensProbe) throws -> Check {
    let states = try probe.states(of: probe.ids, at: [.hidden(decoder.blockCount)])
    let logits = try probe.logits(of: probe.ids)
    return Check(
      name: "LogitLens of the last layer gives the model's own logits",
      figure: Double(Self.deviation(neighbors(of: states, topK: 1), from: logits)), bound: 1e-4)
  }

  /// How far the first neighbour of each state, and its score, are from the largest of its logits: the
  /// largest difference over the largest magnitude.
  static func deviation(_ found: [[Neighbor]], from logits: borrowing Matrix) -> Float {
    var worst: Float = 0
    var largest: Float = 1e-12
    for position in 0..<logits.rows {
      let row = logits.row(position)
      guard row.allSatisfy(\.isFinite) else { return .infinity }
      let best = row.max() ?? 0
      largest = max(largest, row.reduce(0) { max($0, abs($1)) })
      let reading = found[position].first
      let difference =
        reading.map { worse(abs($0.score - best), abs(row[$0.tokenID] - best)) } ?? .infinity
      worst = worse(worst, difference)
    }
    return worst / largest
  }
}

extension Prediction {
  /// The best tokens with their logits, and their shares of the softmax.
  var neighbors: [Neighbor] {
    top.map {
      Neighbor(tokenID: $0.row, score: $0.score, probability: probability(of: $0))
    }
  }
}

extension LogitHead {
  /// The `k` largest logits of each state, and its log-sum-exp, without storing all logits.
  ///
  /// - Parameter normed: the final norm's output, `[n, hiddenSize]`.
  package func predictions(of normed: borrowing Matrix, k: Int) -> [Prediction] {
    guard divisor != 1 else {
      return LatentLensKernels.predictions(normed, head: linear, k: k, softCap: softCap)
    }
    // States that are shorter by as much give the divided logits.
    var scaled = normed.copy()
    scaled.scale(by: 1 / divisor)
    let head = Linear(
      linear.weight, bias: linear.bias.map { $0.map { $0 / divisor } }, compute: linear.compute)
    return LatentLensKernels.predictions(scaled, head: head, k: k, softCap: softCap)
  }
}
