public import LatentLensComponents

/// StarCoder 2: pre-norm blocks with biases everywhere, LayerNorms, and a feed-forward layer without a gate
/// (arXiv 2402.19173; reference: transformers `modeling_starcoder2.py`).
public struct StarCoder2Decoder: LanguageDecoder {
  public static let architectures = ["starcoder2"]

  public let hiddenSize: Int
  public let blockCount: Int
  public let embedding: Embedding
  public let head: Linear
  private let rotary: RotaryEmbedding
  private let blocks: [Block]
  private let norm: LayerNorm

  public init(
    _ configuration: Configuration, weights: WeightScope
  ) throws(UnsupportedConfiguration) {
    guard configuration.hiddenSize % configuration.heads == 0,
      configuration.heads % configuration.keyValueHeads == 0
    else {
      throw UnsupportedConfiguration(
        key: "num_attention_heads", found: "\(configuration.heads)",
        supported: "divisors of the hidden size and multiples of the key-value heads")
    }
    hiddenSize = configuration.hiddenSize
    blockCount = configuration.blockCount
    rotary = try configuration.rotary.embedding(
      headWidth: hiddenSize / configuration.heads,
      maximumPositions: configuration.maximumPositions, compute: weights.compute)
    let model = weights / "model"
    embedding = Embedding(
      model / "embed_tokens", count: configuration.vocabularySize, width: hiddenSize)
    blocks = (0..<blockCount).map { Block(configuration, weights: model / "layers" / $0) }
    norm = LayerNorm(model / "norm", width: hiddenSize, epsilon: configuration.epsilon)
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
  let attentionNorm, feedForwardNorm: LayerNorm
  let query, key, value, output: Linear
  let attention: Attention
  let feedForward: FeedForward

  init(_ c: StarCoder2Decoder.Configuration, weights: WeightScope) {
    let width = c.hiddenSize
    let keys = width / c.heads * c.keyValueHeads
    attentionNorm = LayerNorm(weights / "input_layernorm", width: width, epsilon: c.epsilon)
    let projections = weights / "self_attn"
    query = Linear(projections / "q_proj", from: width, to: width, bias: c.bias)
    key = Linear(projections / "k_proj", from: width, to: keys, bias: c.bias)
    value = Linear(projections / "v_proj", from: width, to: keys, bias: c.bias)
    output = Linear(projections / "o_proj", from: width, to: width, bias: c.bias)
    attention = Attention(
      heads: c.heads, keyValueHeads: c.keyValueHeads, headWidth: width / c.heads, mask: .causal,
      window: c.window, compute: weights.compute)
    feedForwardNorm = LayerNorm(
      weights / "post_attention_layernorm", width: width, epsilon: c.epsilon)
    let mlp = weights / "mlp"
    feedForward = FeedForward(
      up: Linear(mlp / "c_fc", from: width, to: c.intermediateSize, bias: c.bias),
      activation: c.activation,
      down: Linear(mlp / "c_proj", from: c.intermediateSize, to: width, bias: c.bias))
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

/// StarCoder 2, a family from outside.
public let starCoder = Family("StarCoder", decoders: [StarCoder2Decoder.self])
