public import LatentLensComponents

/// Gemma 2: norms before and after attention and feed-forward, weights that are added to 1, scaled
/// embeddings, soft caps, and a sliding window in every other block (arXiv 2408.00118; reference:
/// transformers `modeling_gemma2.py`).
public struct Gemma2Decoder: LanguageDecoder {
  public static let architectures = ["gemma2"]
  public static let foreignTensors = ["*.rotary_emb.inv_freq"]

  public let hiddenSize: Int
  public let blockCount: Int
  public let embedding: Embedding
  public let head: Linear
  public let logitSoftCap: Float?
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
    logitSoftCap = configuration.logitSoftCap
    rotary = try configuration.rotary.embedding(
      headWidth: configuration.headWidth, maximumPositions: configuration.maximumPositions,
      compute: weights.compute)
    let model = weights / "model"
    embedding = Embedding(
      model / "embed_tokens", count: configuration.vocabularySize, width: hiddenSize)
    blocks = (0..<blockCount).map {
      Block(
        configuration, window: configuration.window(ofBlock: $0), weights: model / "layers" / $0)
    }
    norm = RMSNorm(
      model / "norm", width: hiddenSize, epsilon: configuration.epsilon, offset: 1)
    head =
      configuration.tiesEmbeddings
      ? Linear(tied: embedding)
      : Linear(weights / "lm_head", from: hiddenSize, to: configuration.vocabularySize)
  }

  public func embed(_ ids: [Int]) -> Matrix {
    var x = embedding(ids)
    x.scale(by: Float(hiddenSize).squareRoot())
    return x
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

/// `x += norm(attention(norm(x))); x += norm(feedForward(norm(x)))`.
private struct Block: Sendable {
  let attentionNorm, attendedNorm: RMSNorm
  let query, key, value, output: Linear
  let attention: Attention
  let feedForwardNorm, expandedNorm: RMSNorm
  let feedForward: GatedFeedForward

  init(_ c: Gemma2Decoder.Configuration, window: Int?, weights: WeightScope) {
    let width = c.hiddenSize
    let queries = c.heads * c.headWidth
    let keys = c.keyValueHeads * c.headWidth
    func norm(_ name: String) -> RMSNorm {
      RMSNorm(weights / name, width: width, epsilon: c.epsilon, offset: 1)
    }
    attentionNorm = norm("input_layernorm")
    attendedNorm = norm("post_attention_layernorm")
    let projections = weights / "self_attn"
    query = Linear(projections / "q_proj", from: width, to: queries, bias: c.attentionBias)
    key = Linear(projections / "k_proj", from: width, to: keys, bias: c.attentionBias)
    value = Linear(projections / "v_proj", from: width, to: keys, bias: c.attentionBias)
    output = Linear(projections / "o_proj", from: queries, to: width, bias: c.attentionBias)
    attention = Attention(
      heads: c.heads, keyValueHeads: c.keyValueHeads, headWidth: c.headWidth, mask: .causal,
      scale: Float(1 / c.queryScalar.squareRoot()), softCap: c.attentionSoftCap, window: window,
      compute: weights.compute)
    feedForwardNorm = norm("pre_feedforward_layernorm")
    expandedNorm = norm("post_feedforward_layernorm")
    let inner = c.intermediateSize
    let mlp = weights / "mlp"
    feedForward = GatedFeedForward(
      gate: Linear(mlp / "gate_proj", from: width, to: inner),
      up: Linear(mlp / "up_proj", from: width, to: inner), activation: c.activation,
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
    let attended = attention(q, k, value(h), segments: segments, cache: cache)
    x.add(attendedNorm(output(attended)))
    x.add(expandedNorm(feedForward(feedForwardNorm(x))))
  }
}
