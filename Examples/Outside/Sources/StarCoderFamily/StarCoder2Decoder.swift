public import LatentLensComponents

/// StarCoder 2, a family from outside.
public let starCoder = Family("StarCoder", StarCoder2Decoder.self)

/// StarCoder 2: pre-norm blocks with biases everywhere, LayerNorms, and a feed-forward layer without a gate
/// (arXiv 2402.19173; reference: transformers `modeling_starcoder2.py`).
public struct StarCoder2Decoder: StackedDecoder {
  public static let architectures = ["starcoder2"]

  /// The keys of `config.json`, with the defaults of Hugging Face's `Starcoder2Config`.
  public struct Configuration: AdapterConfiguration {
    let decoder: DecoderConfiguration
    let bias: Bool
    /// How far back a block sees; nil for all the way.
    let window: Int?

    public init(_ keys: ConfigurationKeys) throws {
      decoder = try DecoderConfiguration(
        keys,
        defaults: .init(
          hiddenSize: 3072, intermediateSize: 12288, blockCount: 30, heads: 24, keyValueHeads: 2,
          vocabularySize: 49152, maximumPositions: 4096, activation: .geluTanh, epsilon: 1e-5,
          tiesEmbeddings: true),
        names: .init(epsilon: "norm_epsilon"))
      bias = try keys.flag("use_bias", default: true)
      window = try keys.optionalSize("sliding_window", limit: 1 << 30)
      try keys.require("mlp_type", toBe: "default")
      try keys.require("norm_type", toBe: "layer_norm")
    }
  }

  public let stack: DecoderStack<Block>

  public init(_ c: Configuration, weights: WeightScope) {
    stack = DecoderStack(
      c.decoder, weights, norm: LayerNorm(c.decoder, weights / "model" / "norm")
    ) { Block(c, $1) }
  }

  public struct Block: DecoderBlock {
    let attentionNorm, feedForwardNorm: LayerNorm
    let attention: SelfAttention
    let feedForward: FeedForward

    init(_ configuration: Configuration, _ weights: WeightScope) {
      let c = configuration.decoder
      attentionNorm = LayerNorm(c, weights / "input_layernorm")
      attention = SelfAttention(
        c, weights / "self_attn", biases: .init(configuration.bias),
        window: configuration.window)
      feedForwardNorm = LayerNorm(c, weights / "post_attention_layernorm")
      feedForward = FeedForward(
        weights / "mlp", width: c.hiddenSize, inner: c.intermediateSize,
        activation: c.activation, bias: configuration.bias, names: ("c_fc", "c_proj"))
    }

    public func callAsFunction(_ x: inout Matrix, _ context: SequenceContext) {
      x.add(attention(attentionNorm(x), context))
      x.add(feedForward(feedForwardNorm(x)))
    }
  }
}
