public import LatentLensComponents

/// OLMo 2, and OLMo-7B-1024-preview before it: norms after attention and feed-forward instead of before,
/// and queries and keys normed over all channels (arXiv 2501.00656; reference: transformers
/// `modeling_olmo2.py`).
public struct OLMo2Decoder: LanguageDecoder {
  public static let architectures = ["olmo2", "olmo_1124"]
  public static let foreignTensors = ["*.rotary_emb.inv_freq"]

  public let hiddenSize: Int
  public let blockCount: Int
  public let embedding: Embedding
  public let head: Linear
  private let rotary: RotaryEmbedding
  private let blocks: [Block]
  private let norm: RMSNorm

  public init(
    _ configuration: Configuration, weights: WeightScope
  ) throws(UnsupportedConfiguration) {
    guard configuration.heads % configuration.keyValueHeads == 0 else {
      throw UnsupportedConfiguration(
        key: "num_key_value_heads", found: "\(configuration.keyValueHeads)",
        supported: "divisors of the \(configuration.heads) heads")
    }
    hiddenSize = configuration.hiddenSize
    blockCount = configuration.blockCount
    rotary = try configuration.rotary.embedding(
      headWidth: configuration.headWidth, maximumPositions: configuration.maximumPositions,
      compute: weights.compute)
    let model = weights / "model"
    embedding = Embedding(
      model / "embed_tokens", count: configuration.vocabularySize, width: hiddenSize)
    blocks = (0..<blockCount).map { Block(configuration, weights: model / "layers" / $0) }
    norm = RMSNorm(model / "norm", width: hiddenSize, epsilon: configuration.epsilon)
    head =
      configuration.tiesEmbeddings
      ? Linear(tied: embedding)
      : Linear(weights / "lm_head", from: hiddenSize, to: configuration.vocabularySize)
  }

  public func decode(
    _ input: consuming Matrix, segments: Segments, through depth: Int, cache: KeyValueCache?,
    observing observe: HiddenStateObserver
  ) -> Matrix {
    residualStream(input, through: depth, observing: observe) { index, x in
      blocks[index](&x, rotary, segments, cache?.layer(index))
    }
  }

  public func normalize(_ state: borrowing Matrix) -> Matrix { norm(state) }
}

/// `x += norm(attention(x)); x += norm(feedForward(x))`.
private struct Block: Sendable {
  let query, key, value, output: Linear
  let queryNorm, keyNorm: RMSNorm
  let attention: Attention
  let attentionNorm: RMSNorm
  let feedForward: GatedFeedForward
  let feedForwardNorm: RMSNorm

  init(_ c: OLMo2Decoder.Configuration, weights: WeightScope) {
    let width = c.hiddenSize
    let queries = c.heads * c.headWidth
    let keys = c.keyValueHeads * c.headWidth
    let projections = weights / "self_attn"
    query = Linear(projections / "q_proj", from: width, to: queries, bias: c.attentionBias)
    key = Linear(projections / "k_proj", from: width, to: keys, bias: c.attentionBias)
    value = Linear(projections / "v_proj", from: width, to: keys, bias: c.attentionBias)
    output = Linear(projections / "o_proj", from: queries, to: width, bias: c.attentionBias)
    queryNorm = RMSNorm(projections / "q_norm", width: queries, epsilon: c.epsilon)
    keyNorm = RMSNorm(projections / "k_norm", width: keys, epsilon: c.epsilon)
    attention = Attention(
      heads: c.heads, keyValueHeads: c.keyValueHeads, headWidth: c.headWidth, mask: .causal,
      compute: weights.compute)
    attentionNorm = RMSNorm(
      weights / "post_attention_layernorm", width: width, epsilon: c.epsilon)
    let inner = c.intermediateSize
    let mlp = weights / "mlp"
    feedForward = GatedFeedForward(
      gate: Linear(mlp / "gate_proj", from: width, to: inner),
      up: Linear(mlp / "up_proj", from: width, to: inner),
      activation: c.activation,
      down: Linear(mlp / "down_proj", from: inner, to: width))
    feedForwardNorm = RMSNorm(
      weights / "post_feedforward_layernorm", width: width, epsilon: c.epsilon)
  }

  func callAsFunction(
    _ x: inout Matrix, _ rotary: RotaryEmbedding, _ segments: Segments,
    _ cache: KeyValueCache.Layer?
  ) {
    var q = queryNorm(query(x))
    var k = keyNorm(key(x))
    rotary(&q, heads: attention.heads, segments: segments)
    rotary(&k, heads: attention.keyValueHeads, segments: segments)
    let attended = attention(q, k, value(x), segments: segments, cache: cache)
    x.add(attentionNorm(output(attended)))
    x.add(feedForwardNorm(feedForward(x)))
  }
}
