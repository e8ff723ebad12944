public import LatentLensComponents

/// The decoders of Molmo (Qwen 2 inside) and Molmo 2 (Qwen 3 or OLMo 3 inside), whose projections are
/// stored fused (arXiv 2409.17146; reference: transformers `modeling_molmo2.py`).
public struct MolmoDecoder: LanguageDecoder {
  public typealias Configuration = MolmoDecoderConfiguration

  public static let architectures = ["molmo_text", "molmo2_text"]
  public static let foreignTensors = ["transformer.wte.new_embedding"]

  public let hiddenSize: Int
  public let blockCount: Int
  public let embedding: Embedding
  public let head: Linear
  private let rotary: [RotaryEmbedding]
  private let blocks: [Block]
  private let norm: RMSNorm

  public init(
    _ configuration: MolmoDecoderConfiguration, weights: WeightScope
  ) throws(UnsupportedConfiguration) {
    try configuration.check()
    hiddenSize = configuration.hiddenSize
    blockCount = configuration.blockCount
    let scaled = try configuration.rotary.embedding(
      headWidth: configuration.headWidth, maximumPositions: configuration.maximumPositions,
      compute: weights.compute)
    let plain = try configuration.rotary.embedding(
      headWidth: configuration.headWidth, maximumPositions: configuration.maximumPositions,
      isScaled: false, compute: weights.compute)
    rotary = (0..<blockCount).map { configuration.scalesRotary(ofBlock: $0) ? scaled : plain }
    let transformer = weights / "transformer"
    embedding = Embedding(
      (transformer / "wte").tensor("embedding", [configuration.vocabularySize, hiddenSize]),
      compute: weights.compute)
    blocks = (0..<blockCount).map {
      Block(configuration, weights: transformer / "blocks" / $0)
    }
    norm = RMSNorm(transformer / "ln_f", width: hiddenSize, epsilon: configuration.epsilon)
    head =
      configuration.tiesEmbeddings
      ? Linear(tied: embedding)
      : Linear(
        configuration.isFirst ? transformer / "ff_out" : weights / "lm_head", from: hiddenSize,
        to: configuration.vocabularySize)
  }

  public func decode(
    _ input: consuming Matrix, segments: Segments, through depth: Int, cache: KeyValueCache?,
    observing observe: HiddenStateObserver
  ) -> Matrix {
    residualStream(input, through: depth, observing: observe) { index, x in
      blocks[index](&x, rotary[index], segments, cache?.layer(index))
    }
  }

  public func normalize(_ state: borrowing Matrix) -> Matrix { norm(state) }
}

/// `x += attention(norm(x)); x += feedForward(norm(x))`, or with the norms after the layers.
private struct Block: Sendable {
  let attentionNorm, feedForwardNorm: RMSNorm
  let normsAfter: Bool
  let query, key, value, output: Linear
  let queryNorm, keyNorm: RMSNorm?
  let attention: Attention
  let feedForward: GatedFeedForward

  init(_ c: MolmoDecoderConfiguration, weights: WeightScope) {
    let width = c.hiddenSize
    let (queries, keys) = (c.heads * c.headWidth, c.keyValueHeads * c.headWidth)
    normsAfter = c.normsAfter
    attentionNorm = RMSNorm(weights / "attn_norm", width: width, epsilon: c.epsilon)
    feedForwardNorm = RMSNorm(weights / "ff_norm", width: width, epsilon: c.epsilon)
    let projections = c.isFirst ? weights : weights / "self_attn"
    let parts = Linear.fused(
      projections / "att_proj", from: width, to: [queries, keys, keys], bias: c.attentionBias)
    (query, key, value) = (parts[0], parts[1], parts[2])
    output = Linear(projections / "attn_out", from: queries, to: width)
    func norm(_ name: String, _ whole: Int) -> RMSNorm? {
      c.queryKeyNorm.map {
        RMSNorm(
          projections / name, width: $0 == .byHead ? c.headWidth : whole, epsilon: c.epsilon)
      }
    }
    queryNorm = norm("q_norm", queries)
    keyNorm = norm("k_norm", keys)
    attention = Attention(
      heads: c.heads, keyValueHeads: c.keyValueHeads, headWidth: c.headWidth, mask: .causal,
      compute: weights.compute)
    let layers = c.isFirst ? weights : weights / "mlp"
    let halves = Linear.fused(
      layers / "ff_proj", from: width, to: [c.intermediateSize, c.intermediateSize])
    feedForward = GatedFeedForward(
      gate: halves[1], up: halves[0], activation: c.activation,
      down: Linear(layers / "ff_out", from: c.intermediateSize, to: width))
  }

  func callAsFunction(
    _ x: inout Matrix, _ rotary: RotaryEmbedding, _ segments: Segments,
    _ cache: KeyValueCache.Layer?
  ) {
    if normsAfter {
      x.add(attentionNorm(attend(x, rotary, segments, cache)))
      x.add(feedForwardNorm(feedForward(x)))
    } else {
      x.add(attend(attentionNorm(x), rotary, segments, cache))
      x.add(feedForward(feedForwardNorm(x)))
    }
  }

  private func attend(
    _ h: borrowing Matrix, _ rotary: RotaryEmbedding, _ segments: Segments,
    _ cache: KeyValueCache.Layer?
  ) -> Matrix {
    var q = query(h)
    var k = key(h)
    if let queryNorm { q = queryNorm(q) }
    if let keyNorm { k = keyNorm(k) }
    rotary(&q, heads: attention.heads, segments: segments)
    rotary(&k, heads: attention.keyValueHeads, segments: segments)
    return output(attention(q, k, value(h), segments: segments, cache: cache))
  }
}
