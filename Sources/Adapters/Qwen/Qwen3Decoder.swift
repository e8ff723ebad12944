public import LatentLensComponents

/// Qwen 3: LLaMA's block, with queries and keys normed head by head before they are rotated
/// (arXiv 2505.09388; reference: transformers `modeling_qwen3.py`).
public struct Qwen3Decoder: StackedDecoder {
  public static let architectures = ["qwen3"]

  /// The keys of `config.json`, with the defaults of Hugging Face's `Qwen3Config`.
  public struct Configuration: AdapterConfiguration {
    let decoder: DecoderConfiguration
    let attentionBias: Bool

    static let defaults = DecoderConfiguration.Defaults(
      intermediateSize: 22016, keyValueHeads: 32, headWidth: 128, vocabularySize: 151936,
      maximumPositions: 32768)

    public init(_ keys: ConfigurationKeys) throws {
      try self.init(keys, Self.defaults)
      try keys.requireFullAttention()
    }

    init(_ keys: ConfigurationKeys, _ defaults: DecoderConfiguration.Defaults) throws {
      decoder = try DecoderConfiguration(keys, defaults: defaults)
      attentionBias = try keys.attentionBias()
    }
  }

  public let stack: DecoderStack<Block>

  public init(_ c: Configuration, weights: WeightScope) {
    stack = DecoderStack(c.decoder, weights) { Block(c, $1) }
  }

  public struct Block: DecoderBlock {
    let attentionNorm: RMSNorm
    let attention: SelfAttention
    let feedForwardNorm: RMSNorm
    let feedForward: GatedFeedForward

    init(_ configuration: Configuration, _ weights: WeightScope) {
      let c = configuration.decoder
      let attending = weights / "self_attn"
      attentionNorm = RMSNorm(c, weights / "input_layernorm")
      attention = SelfAttention(
        c, attending, biases: .init(configuration.attentionBias),
        queryNorm: RMSNorm(c, attending / "q_norm", width: c.headWidth),
        keyNorm: RMSNorm(c, attending / "k_norm", width: c.headWidth))
      feedForwardNorm = RMSNorm(c, weights / "post_attention_layernorm")
      feedForward = GatedFeedForward(c, weights / "mlp")
    }

    public func callAsFunction(_ x: inout Matrix, _ context: SequenceContext) {
      x.add(attention(attentionNorm(x), context))
      x.add(feedForward(feedForwardNorm(x)))
    }
  }
}
