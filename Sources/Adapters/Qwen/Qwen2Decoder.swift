public import LatentLensComponents

/// Qwen 2 and 2.5, and the decoders of their VLMs, whose rotary embedding has three axes: LLaMA's block
/// with biases on query, key and value alone (arXiv 2407.10671; reference: transformers
/// `modeling_qwen2.py`).
public struct Qwen2Decoder: LanguageDecoder {
  public typealias Configuration = QwenConfiguration

  public static let architectures = ["qwen2", "qwen2_vl_text", "qwen2_5_vl_text"]
  public static let foreignTensors = ["*.rotary_emb.inv_freq"]

  public let hiddenSize: Int
  public let blockCount: Int
  public let embedding: Embedding
  public let head: Linear
  private let rotary: RotaryEmbedding
  private let blocks: [Block]
  private let norm: RMSNorm

  public init(
    _ configuration: QwenConfiguration, weights: WeightScope
  ) throws(UnsupportedConfiguration) {
    let headWidth =
      configuration.headWidth ?? configuration.hiddenSize / configuration.heads
    try configuration.check()
    hiddenSize = configuration.hiddenSize
    blockCount = configuration.blockCount
    rotary = try configuration.rotary.embedding(
      headWidth: headWidth, maximumPositions: configuration.maximumPositions,
      compute: weights.compute)
    let model = weights / "model"
    embedding = Embedding(
      model / "embed_tokens", count: configuration.vocabularySize, width: hiddenSize)
    blocks = (0..<blockCount).map {
      Block(configuration, headWidth: headWidth, weights: model / "layers" / $0)
    }
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

  init(_ c: QwenConfiguration, headWidth: Int, weights: WeightScope) {
    let width = c.hiddenSize
    let queries = c.heads * headWidth
    let keys = c.keyValueHeads * headWidth
    attentionNorm = RMSNorm(weights / "input_layernorm", width: width, epsilon: c.epsilon)
    let projections = weights / "self_attn"
    query = Linear(projections / "q_proj", from: width, to: queries, bias: true)
    key = Linear(projections / "k_proj", from: width, to: keys, bias: true)
    value = Linear(projections / "v_proj", from: width, to: keys, bias: true)
    output = Linear(projections / "o_proj", from: queries, to: width)
    attention = Attention(
      heads: c.heads, keyValueHeads: c.keyValueHeads, headWidth: headWidth, mask: .causal,
      compute: weights.compute)
    feedForwardNorm = RMSNorm(
      weights / "post_attention_layernorm", width: width, epsilon: c.epsilon)
    let inner = c.intermediateSize
    let mlp = weights / "mlp"
    feedForward = GatedFeedForward(
      gate: Linear(mlp / "gate_proj", from: width, to: inner),
      up: Linear(mlp / "up_proj", from: width, to: inner),
      activation: c.activation,
      down: Linear(mlp / "down_proj", from: inner, to: width))
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
