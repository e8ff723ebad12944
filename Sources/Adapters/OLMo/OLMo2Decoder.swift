public import LatentLensComponents

/// OLMo 2, and OLMo-7B-1024-preview before it: norms after attention and feed-forward instead of before,
/// and queries and keys normed over all channels (arXiv 2501.00656; reference: transformers
/// `modeling_olmo2.py`).
public struct OLMo2Decoder: StackedDecoder {
  public static let architectures = ["olmo2", "olmo_1124"]

  /// The keys of `config.json`, with the defaults of Hugging Face's `Olmo2Config`.
  public struct Configuration: AdapterConfiguration {
    let decoder: DecoderConfiguration
    let attentionBias: Bool

    public init(_ keys: ConfigurationKeys) throws {
      decoder = try DecoderConfiguration(
        keys, defaults: .init(vocabularySize: 50304, epsilon: 1e-5))
      attentionBias = try keys.attentionBias()
      try keys.requireNoWindow()
    }
  }

  public let stack: DecoderStack<Block>

  public init(_ c: Configuration, weights: WeightScope) {
    stack = DecoderStack(c.decoder, weights) { Block(c, $1) }
  }

  public struct Block: DecoderBlock {
    let attention: SelfAttention
    let attentionNorm: RMSNorm
    let feedForward: GatedFeedForward
    let feedForwardNorm: RMSNorm

    init(_ configuration: Configuration, _ weights: WeightScope) {
      let c = configuration.decoder
      let attending = weights / "self_attn"
      attention = SelfAttention(
        c, attending, biases: .init(configuration.attentionBias),
        queryNorm: RMSNorm(c, attending / "q_norm", width: c.heads * c.headWidth),
        keyNorm: RMSNorm(c, attending / "k_norm", width: c.keyValueHeads * c.headWidth))
      attentionNorm = RMSNorm(c, weights / "post_attention_layernorm")
      feedForward = GatedFeedForward(c, weights / "mlp")
      feedForwardNorm = RMSNorm(c, weights / "post_feedforward_layernorm")
    }

    public func callAsFunction(_ x: inout Matrix, _ context: SequenceContext) {
      x.add(attentionNorm(attention(x, context)))
      x.add(feedForwardNorm(feedForward(x)))
    }
  }
}
