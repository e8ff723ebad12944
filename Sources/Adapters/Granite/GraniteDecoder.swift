public import LatentLensComponents

/// The Granite family: IBM's dense decoders.
public let granite = Family("Granite", GraniteDecoder.self)

/// Granite 3: LLaMA's blocks with a multiplier wherever something enters, is compared, added or shown
/// (reference: transformers `modeling_granite.py`).
public struct GraniteDecoder: StackedDecoder {
  public static let architectures = ["granite"]

  /// The keys of `config.json`, with the defaults of Hugging Face's `GraniteConfig`.
  public struct Configuration: AdapterConfiguration {
    let decoder: DecoderConfiguration
    let attentionBias: Bool
    let feedForwardBias: Bool
    /// What products of queries and keys are multiplied by, in place of `1 / sqrt(headWidth)`.
    let attentionMultiplier: Float
    let embeddingMultiplier: Float
    /// What a block's branches are multiplied by before they are added to the stream.
    let residualMultiplier: Float
    /// What logits are divided by.
    let logitScaling: Float

    public init(_ keys: ConfigurationKeys) throws {
      decoder = try DecoderConfiguration(keys, defaults: .init())
      attentionBias = try keys.attentionBias()
      feedForwardBias = try keys.flag("mlp_bias", default: false)
      attentionMultiplier = try keys.float("attention_multiplier", default: 1)
      embeddingMultiplier = try keys.float("embedding_multiplier", default: 1)
      residualMultiplier = try keys.float("residual_multiplier", default: 1)
      logitScaling = try keys.positive("logits_scaling", default: 1)
      try keys.requireNoWindow()
    }
  }

  public let stack: DecoderStack<Block>
  private let embeddingMultiplier: Float

  public init(_ c: Configuration, weights: WeightScope) {
    embeddingMultiplier = c.embeddingMultiplier
    stack = DecoderStack(c.decoder, weights, logitDivisor: c.logitScaling) { Block(c, $1) }
  }

  /// Whatever enters is multiplied, visual tokens like those of the table: the stack's own scale would
  /// leave them out.
  public func decode(_ input: consuming Matrix, _ pass: DecoderPass) -> Matrix {
    input.scale(by: embeddingMultiplier)
    return pass.run(input) { index, x, context in stack.blocks[index](&x, context) }
  }

  public struct Block: DecoderBlock {
    let attentionNorm: RMSNorm
    let attention: SelfAttention
    let feedForwardNorm: RMSNorm
    let feedForward: GatedFeedForward
    let residualMultiplier: Float

    init(_ c: Configuration, _ weights: WeightScope) {
      attentionNorm = RMSNorm(c.decoder, weights / "input_layernorm")
      attention = SelfAttention(
        c.decoder, weights / "self_attn", biases: .init(c.attentionBias),
        scale: c.attentionMultiplier)
      feedForwardNorm = RMSNorm(c.decoder, weights / "post_attention_layernorm")
      feedForward = GatedFeedForward(c.decoder, weights / "mlp", bias: c.feedForwardBias)
      residualMultiplier = c.residualMultiplier
    }

    public func callAsFunction(_ x: inout Matrix, _ context: SequenceContext) {
      var branch = attention(attentionNorm(x), context)
      branch.scale(by: residualMultiplier)
      x.add(branch)
      branch = feedForward(feedForwardNorm(x))
      branch.scale(by: residualMultiplier)
      x.add(branch)
    }
  }
}
