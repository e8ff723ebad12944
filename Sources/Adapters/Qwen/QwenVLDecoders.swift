public import LatentLensComponents

/// The decoder of Qwen 2 VL and 2.5 VL: Qwen 2, whose positions have three axes: time, row and column
/// (arXiv 2409.12191; reference: transformers `modeling_qwen2_vl.py`).
public struct Qwen2VLDecoder: StackedDecoder {
  public static let architectures = ["qwen2_vl_text", "qwen2_5_vl_text"]

  /// The keys of `text_config`, with the defaults of Hugging Face's `Qwen2VLTextConfig`.
  public struct Configuration: AdapterConfiguration {
    let decoder: DecoderConfiguration

    public init(_ keys: ConfigurationKeys) throws {
      decoder = try DecoderConfiguration(
        keys,
        defaults: .init(
          hiddenSize: 8192, intermediateSize: 29568, blockCount: 80, heads: 64, keyValueHeads: 8,
          vocabularySize: 152064, maximumPositions: 32768, epsilon: 1e-5, rotaryTheta: 1_000_000,
          rotarySections: .init([16, 24, 24])))
      guard decoder.headWidth * decoder.heads == decoder.hiddenSize else {
        throw UnsupportedConfiguration(
          key: "head_dim", found: "\(decoder.headWidth)",
          supported: "a part of the \(decoder.hiddenSize) for each of the \(decoder.heads) heads")
      }
      try keys.requireFullAttention()
    }
  }

  public let stack: DecoderStack<Qwen2Decoder.Block>

  public init(_ c: Configuration, weights: WeightScope) {
    stack = DecoderStack(c.decoder, weights) { Qwen2Decoder.Block(c.decoder, $1) }
  }
}

/// The decoder of Qwen 3 VL: Qwen 3, whose pairs of a head's elements turn by time, row and column in turns
/// (arXiv 2511.21631; reference: transformers `modeling_qwen3_vl.py`).
public struct Qwen3VLDecoder: StackedDecoder {
  public static let architectures = ["qwen3_vl_text"]
  /// All blocks see everything, whatever it says.
  public static let irrelevantKeys = ["layer_types"]

  /// The keys of `text_config`, with the defaults of Hugging Face's `Qwen3VLTextConfig`.
  public struct Configuration: AdapterConfiguration {
    let decoder: Qwen3Decoder.Configuration

    public init(_ keys: ConfigurationKeys) throws {
      var defaults = Qwen3Decoder.Configuration.defaults
      defaults.maximumPositions = 128_000
      defaults.rotaryTheta = 500_000
      defaults.rotarySections = .init([24, 20, 20], isInterleaved: true)
      decoder = try .init(keys, defaults)
      try keys.requireNoWindow()
    }
  }

  public let stack: DecoderStack<Qwen3Decoder.Block>

  public init(_ c: Configuration, weights: WeightScope) {
    stack = DecoderStack(c.decoder.decoder, weights) { Qwen3Decoder.Block(c.decoder, $1) }
  }
}
