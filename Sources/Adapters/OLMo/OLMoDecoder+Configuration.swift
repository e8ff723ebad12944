import LatentLensComponents

extension OLMoDecoder {
  /// The keys of `config.json` that an OLMo 1 reads, with the defaults of Hugging Face's
  /// `OlmoConfig`.
  public struct Configuration: Decodable, Sendable {
    let hiddenSize: Int
    let intermediateSize: Int
    let blockCount: Int
    let heads: Int
    let keyValueHeads: Int
    let vocabularySize: Int
    let maximumPositions: Int
    let activation: Activation
    /// What queries, keys and values are kept within; nil leaves them.
    let clip: Float?
    let tiesEmbeddings: Bool
    let attentionBias: Bool
    let rotary: RotaryConfiguration

    var headWidth: Int { hiddenSize / heads }

    enum CodingKeys: String, CodingKey {
      case hiddenSize = "hidden_size"
      case intermediateSize = "intermediate_size"
      case blockCount = "num_hidden_layers"
      case heads = "num_attention_heads"
      case keyValueHeads = "num_key_value_heads"
      case vocabularySize = "vocab_size"
      case maximumPositions = "max_position_embeddings"
      case activation = "hidden_act"
      case clip = "clip_qkv"
      case tiesEmbeddings = "tie_word_embeddings"
      case attentionBias = "attention_bias"
    }

    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      hiddenSize = try keys.size(.hiddenSize, default: 4096)
      intermediateSize = try keys.size(.intermediateSize, default: 11008)
      blockCount = try keys.layerCount(.blockCount, default: 32)
      heads = try keys.size(.heads, default: 32)
      keyValueHeads = try keys.size(.keyValueHeads, default: heads)
      vocabularySize = try keys.size(.vocabularySize, default: 50304)
      maximumPositions = try keys.size(.maximumPositions, default: 2048, limit: 1 << 30)
      activation = try keys.decodeIfPresent(Activation.self, forKey: .activation) ?? .silu
      clip = try keys.decodeIfPresent(Float.self, forKey: .clip)
      tiesEmbeddings = try keys.decodeIfPresent(Bool.self, forKey: .tiesEmbeddings) ?? false
      attentionBias = try keys.decodeIfPresent(Bool.self, forKey: .attentionBias) ?? false
      rotary = try RotaryConfiguration(from: decoder)
    }
  }
}
