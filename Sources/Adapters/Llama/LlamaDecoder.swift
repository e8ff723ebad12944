public import LatentLensComponents

/// LLaMA 1 to 3.x: pre-norm blocks, rotary positions, grouped key-value heads, SwiGLU
/// (arXiv 2302.13971, 2407.21783; reference: transformers `modeling_llama.py`).
public struct LlamaDecoder: LanguageDecoder {
  public static let architectures = ["llama"]
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

/// `x += attention(norm(x)); x += feedForward(norm(x))`.
private struct Block: Sendable {
  let attentionNorm: RMSNorm
  let query, key, value, output: Linear
  let attention: Attention
  let feedForwardNorm: RMSNorm
  let feedForward: GatedFeedForward

  init(_ c: LlamaDecoder.Configuration, weights: WeightScope) {
    let width = c.hiddenSize
    let queries = c.heads * c.headWidth
    let keys = c.keyValueHeads * c.headWidth
    attentionNorm = RMSNorm(weights / "input_layernorm", width: width, epsilon: c.epsilon)
    let projections = weights / "self_attn"
    query = Linear(projections / "q_proj", from: width, to: queries, bias: c.attentionBias)
    key = Linear(projections / "k_proj", from: width, to: keys, bias: c.attentionBias)
    value = Linear(projections / "v_proj", from: width, to: keys, bias: c.attentionBias)
    output = Linear(projections / "o_proj", from: queries, to: width, bias: c.attentionBias)
    attention = Attention(
      heads: c.heads, keyValueHeads: c.keyValueHeads, headWidth: c.headWidth, mask: .causal,
      compute: weights.compute)
    feedForwardNorm = RMSNorm(
      weights / "post_attention_layernorm", width: width, epsilon: c.epsilon)
    let inner = c.intermediateSize
    let mlp = weights / "mlp"
    feedForward = GatedFeedForward(
      gate: Linear(mlp / "gate_proj", from: width, to: inner, bias: c.feedForwardBias),
      up: Linear(mlp / "up_proj", from: width, to: inner, bias: c.feedForwardBias),
      activation: c.activation,
      down: Linear(mlp / "down_proj", from: inner, to: width, bias: c.feedForwardBias))
  }

  func callAsFunction(
    _ x: inout Matrix, _ rotary: RotaryEmbedding, _ segments: Segments,
    _ cache: KeyValueCache.Layer?
  ) {
    let h = attentionNorm(x)
    var q = query(h)
    var k = key(h)
    rotary(&q, heads: attention.heads, segments: segments)
    rotary(&k, heads: attention.keyValueHeads, segments: segments)
    x.add(output(attention(q, k, value(h), segments: segments, cache: cache)))
    x.add(feedForward(feedForwardNorm(x)))
  }
}
