public import LatentLensComponents

/// The Gemma family.
public let gemma = Family("Gemma", Gemma2Decoder.self)

/// Gemma 2: norms before and after attention and feed-forward, weights that are added to 1, scaled
/// embeddings, soft caps, and a sliding window in every other block (arXiv 2408.00118; reference:
/// transformers `modeling_gemma2.py`).
public struct Gemma2Decoder: StackedDecoder {
  public static let architectures = ["gemma2"]
  /// How texts are generated, and older names of keys that stand beside those that count.
  public static let irrelevantKeys = ["cache_implementation", "hidden_act", "sliding_window_size"]

  /// The keys of `config.json`, with the defaults of Hugging Face's `Gemma2Config`.
  public struct Configuration: AdapterConfiguration {
    let decoder: DecoderConfiguration
    let attentionBias: Bool
    /// What queries are divided by the square root of.
    let queryScalar: Double
    let attentionSoftCap: Float?
    let logitSoftCap: Float?
    private let slidingWindow: Int
    private let layerTypes: [LayerType]?

    private enum LayerType: String, Decodable {
      case sliding = "sliding_attention"
      case full = "full_attention"
    }

    public init(_ keys: ConfigurationKeys) throws {
      decoder = try DecoderConfiguration(
        keys,
        defaults: .init(
          hiddenSize: 2304, intermediateSize: 9216, blockCount: 26, heads: 8, keyValueHeads: 4,
          headWidth: 256, vocabularySize: 256_000, maximumPositions: 8192,
          activation: .geluTanh, tiesEmbeddings: true),
        names: .init(activation: "hidden_activation"))
      attentionBias = try keys.attentionBias()
      queryScalar = try keys.positive("query_pre_attn_scalar", default: 256)
      attentionSoftCap = try keys.positive("attn_logit_softcapping", unlessNull: 50)
      logitSoftCap = try keys.positive("final_logit_softcapping", unlessNull: 30)
      slidingWindow = try keys.size("sliding_window", default: 4096, limit: 1 << 30)
      layerTypes = try keys.value("layer_types")
      try keys.require("use_bidirectional_attention", toBe: false)
    }

    /// How far back a block sees; nil for all the way. Every other block slides, the first among them.
    func window(ofBlock index: Int) -> Int? {
      let type = layerTypes.flatMap { $0.indices.contains(index) ? $0[index] : nil }
      return (type ?? (index % 2 == 0 ? .sliding : .full)) == .sliding ? slidingWindow : nil
    }
  }

  public let stack: DecoderStack<Block>

  public init(_ configuration: Configuration, weights: WeightScope) {
    let c = configuration.decoder
    stack = DecoderStack(
      c, weights, embeddingScale: Float(c.hiddenSize).squareRoot(),
      norm: RMSNorm(c, weights / "model" / "norm", offset: 1), softCap: configuration.logitSoftCap
    ) { Block(configuration, window: configuration.window(ofBlock: $0), $1) }
  }

  public struct Block: DecoderBlock {
    let attentionNorm, attendedNorm: RMSNorm
    let attention: SelfAttention
    let feedForwardNorm, expandedNorm: RMSNorm
    let feedForward: GatedFeedForward

    init(_ configuration: Configuration, window: Int?, _ weights: WeightScope) {
      let c = configuration.decoder
      attentionNorm = RMSNorm(c, weights / "input_layernorm", offset: 1)
      attention = SelfAttention(
        c, weights / "self_attn", biases: .init(configuration.attentionBias),
        scale: Float(1 / configuration.queryScalar.squareRoot()),
        softCap: configuration.attentionSoftCap, window: window)
      attendedNorm = RMSNorm(c, weights / "post_attention_layernorm", offset: 1)
      feedForwardNorm = RMSNorm(c, weights / "pre_feedforward_layernorm", offset: 1)
      feedForward = GatedFeedForward(c, weights / "mlp")
      expandedNorm = RMSNorm(c, weights / "post_feedforward_layernorm", offset: 1)
    }

    public func callAsFunction(_ x: inout Matrix, _ context: SequenceContext) {
      x.add(attendedNorm(attention(attentionNorm(x), context)))
      x.add(expandedNorm(feedForward(feedForwardNorm(x))))
    }
  }
}
