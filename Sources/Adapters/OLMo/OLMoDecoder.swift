public import LatentLensComponents

/// OLMo 1: LLaMA's block with norms that have no weights, and queries, keys and values clipped where the
/// configuration says so (arXiv 2402.00838; reference: transformers `modeling_olmo.py`).
public struct OLMoDecoder: StackedDecoder {
  public static let architectures = ["olmo"]
  /// The norms' epsilon is fixed.
  public static let irrelevantKeys = ["rms_norm_eps", "layer_norm_eps"]

  /// The keys of `config.json`, with the defaults of Hugging Face's `OlmoConfig`.
  public struct Configuration: AdapterConfiguration {
    let decoder: DecoderConfiguration
    let attentionBias: Bool
    /// What queries, keys and values are kept within; nil leaves them.
    let clip: Float?

    public init(_ keys: ConfigurationKeys) throws {
      decoder = try DecoderConfiguration(keys, defaults: .init(vocabularySize: 50304))
      attentionBias = try keys.attentionBias()
      clip = try keys.value("clip_qkv")
      try keys.requireNoWindow()
    }
  }

  public let stack: DecoderStack<Block>

  public init(_ c: Configuration, weights: WeightScope) {
    let norm = LayerNorm(width: c.decoder.hiddenSize, epsilon: 1e-5, compute: weights.compute)
    stack = DecoderStack(c.decoder, weights, norm: norm) { Block(c, norm, $1) }
  }

  public struct Block: DecoderBlock {
    let norm: LayerNorm
    let attention: SelfAttention
    let clip: Float?
    let feedForward: GatedFeedForward

    init(_ c: Configuration, _ norm: LayerNorm, _ weights: WeightScope) {
      self.norm = norm
      attention = SelfAttention(
        c.decoder, weights / "self_attn", biases: .init(c.attentionBias))
      clip = c.clip
      feedForward = GatedFeedForward(c.decoder, weights / "mlp")
    }

    public func callAsFunction(_ x: inout Matrix, _ context: SequenceContext) {
      var rows = attention.project(norm(x))
      if let clip {
        rows.query.clamp(to: clip)
        rows.key.clamp(to: clip)
        rows.value.clamp(to: clip)
      }
      x.add(attention.attend(rows, context))
      x.add(feedForward(norm(x)))
    }
  }
}
