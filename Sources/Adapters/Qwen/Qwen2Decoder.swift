public import LatentLensComponents

/// Qwen 2 and 2.5: LLaMA's block with biases on query, key and value alone (arXiv 2407.10671; reference:
/// transformers `modeling_qwen2.py`).
public struct Qwen2Decoder: StackedDecoder {
  public static let architectures = ["qwen2"]

  /// The keys of `config.json`, with the defaults of Hugging Face's `Qwen2Config`.
  public struct Configuration: AdapterConfiguration {
    let decoder: DecoderConfiguration

    public init(_ keys: ConfigurationKeys) throws {
      decoder = try DecoderConfiguration(
        keys,
        defaults: .init(
          intermediateSize: 22016, keyValueHeads: 32, vocabularySize: 151936,
          maximumPositions: 32768))
      try keys.require("attention_bias", toBe: true)
      try keys.require("use_mrope", toBe: false)
      try keys.requireFullAttention()
    }
  }

  public let stack: DecoderStack<Block>

  public init(_ c: Configuration, weights: WeightScope) {
    stack = DecoderStack(c.decoder, weights) { Block(c.decoder, $1) }
  }

  public struct Block: DecoderBlock {
    let attentionNorm: RMSNorm
    let attention: SelfAttention
    let feedForwardNorm: RMSNorm
    let feedForward: GatedFeedForward

    init(_ c: DecoderConfiguration, _ weights: WeightScope) {
      attentionNorm = RMSNorm(c, weights / "input_layernorm")
      attention = SelfAttention(c, weights / "self_attn", biases: .queryKeyValue)
      feedForwardNorm = RMSNorm(c, weights / "post_attention_layernorm")
      feedForward = GatedFeedForward(c, weights / "mlp")
    }

    public func callAsFunction(_ x: inout Matrix, _ context: SequenceContext) {
      x.add(attention(attentionNorm(x), context))
      x.add(feedForward(feedForwardNorm(x)))
    }
  }
}
