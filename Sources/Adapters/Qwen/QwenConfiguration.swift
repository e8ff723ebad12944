import LatentLensComponents

/// The keys of `config.json` that Qwen's dense decoders share, with the defaults of Hugging Face's
/// `Qwen2Config` and `Qwen3Config`.
public struct QwenConfiguration: Decodable, Sendable {
  let hiddenSize: Int
  let intermediateSize: Int
  let blockCount: Int
  let heads: Int
  let keyValueHeads: Int
  /// Nil where the file is silent: Qwen 2 then divides the hidden size, Qwen 3 takes 128.
  let headWidth: Int?
  let vocabularySize: Int
  let maximumPositions: Int
  let activation: Activation
  let epsilon: Float
  let tiesEmbeddings: Bool
  let attentionBias: Bool
  let usesSlidingWindow: Bool
  let rotary: RotaryConfiguration

  enum CodingKeys: String, CodingKey {
    case model = "model_type"
    case hiddenSize = "hidden_size"
    case intermediateSize = "intermediate_size"
    case blockCount = "num_hidden_layers"
    case heads = "num_attention_heads"
    case keyValueHeads = "num_key_value_heads"
    case headWidth = "head_dim"
    case vocabularySize = "vocab_size"
    case maximumPositions = "max_position_embeddings"
    case activation = "hidden_act"
    case epsilon = "rms_norm_eps"
    case tiesEmbeddings = "tie_word_embeddings"
    case attentionBias = "attention_bias"
    case usesSlidingWindow = "use_sliding_window"
  }

  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    hiddenSize = try keys.size(.hiddenSize, default: 4096)
    intermediateSize = try keys.size(.intermediateSize, default: 22016)
    blockCount = try keys.layerCount(.blockCount, default: 32)
    heads = try keys.size(.heads, default: 32)
    keyValueHeads = try keys.size(.keyValueHeads, default: 32)
    headWidth = keys.contains(.headWidth) ? try keys.size(.headWidth) : nil
    vocabularySize = try keys.size(.vocabularySize, default: 151936)
    maximumPositions = try keys.size(.maximumPositions, default: 32768, limit: 1 << 30)
    activation = try keys.decodeIfPresent(Activation.self, forKey: .activation) ?? .silu
    epsilon = try keys.decodeIfPresent(Float.self, forKey: .epsilon) ?? 1e-6
    tiesEmbeddings = try keys.decodeIfPresent(Bool.self, forKey: .tiesEmbeddings) ?? false
    attentionBias = try keys.decodeIfPresent(Bool.self, forKey: .attentionBias) ?? false
    usesSlidingWindow = try keys.decodeIfPresent(Bool.self, forKey: .usesSlidingWindow) ?? false
    let model = try keys.decodeIfPresent(String.self, forKey: .model)
    rotary = try RotaryConfiguration(
      from: decoder,
      interleavedSections: model == "qwen3_vl_text" ? [24, 20, 20] : nil)
  }

  /// Refuses what neither decoder describes.
  func check() throws(UnsupportedConfiguration) {
    guard heads % keyValueHeads == 0 else {
      throw UnsupportedConfiguration(
        key: "num_key_value_heads", found: "\(keyValueHeads)",
        supported: "divisors of the \(heads) heads")
    }
    guard !usesSlidingWindow else {
      throw UnsupportedConfiguration(
        key: "use_sliding_window", found: "true", supported: "full attention")
    }
  }
}
