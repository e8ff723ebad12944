public import LatentLensComponents

/// The LLaMA family: LLaMA 1, 2, 3, 3.1 and later, Vicuna, and what else calls itself `llama`.
public let llama = Family("LLaMA", LlamaDecoder.self)

/// LLaMA 1 to 3.x: pre-norm blocks, rotary positions, grouped key-value heads, SwiGLU
/// (arXiv 2302.13971, 2407.21783; reference: transformers `modeling_llama.py`).
public struct LlamaDecoder: StackedDecoder {
  public static let architectures = ["llama"]
  /// How products were split among devices, and what LLaMA 1 and SmolLM say about themselves.
  public static let irrelevantKeys = ["pretraining_tp", "max_sequence_length", "is_llama_config"]

  /// The keys of `config.json`, with the defaults of Hugging Face's `LlamaConfig`.
  public struct Configuration: AdapterConfiguration {
    let decoder: DecoderConfiguration
    let attentionBias: Bool
    let feedForwardBias: Bool

    public init(_ keys: ConfigurationKeys) throws {
      decoder = try DecoderConfiguration(keys, defaults: .init())
      attentionBias = try keys.attentionBias()
      feedForwardBias = try keys.flag("mlp_bias", default: false)
      try keys.require("rope_interleaved", toBe: false)
      try keys.requireNoWindow()
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

    init(_ c: Configuration, _ weights: WeightScope) {
      attentionNorm = RMSNorm(c.decoder, weights / "input_layernorm")
      attention = SelfAttention(
        c.decoder, weights / "self_attn", biases: .init(c.attentionBias))
      feedForwardNorm = RMSNorm(c.decoder, weights / "post_attention_layernorm")
      feedForward = GatedFeedForward(c.decoder, weights / "mlp", bias: c.feedForwardBias)
    }

    public func callAsFunction(_ x: inout Matrix, _ context: SequenceContext) {
      x.add(attention(attentionNorm(x), context))
      x.add(feedForward(feedForwardNorm(x)))
    }
  }
}
