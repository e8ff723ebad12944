import LatentLensComponents

extension LlamaDecoder {
  /// The keys of `config.json` that a LLaMA reads, with the defaults of Hugging Face's `LlamaConfig`.
  public struct Configuration: Decodable, Sendable {
    let hiddenSize: Int
    let intermediateSize: Int
    let blockCount: Int
    let heads: Int
    let keyValueHeads: Int
    let headWidth: Int
    let vocabularySize: Int
    let maximumPositions: Int
    let activation: Activation
    let epsilon: Float
    let tiesEmbeddings: Bool
    let attentionBias: Bool
    let feedForwardBias: Bool
    let rotary: RotaryConfiguration

    enum CodingKeys: String, CodingKey {
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
      case feedForwardBias = "mlp_bias"
    }

    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      hiddenSize = try keys.size(.hiddenSize, default: 4096)
      intermediateSize = try keys.size(.intermediateSize, default: 11008)
      blockCount = try keys.layerCount(.blockCount, default: 32)
      heads = try keys.size(.heads, default: 32)
      keyValueHeads = try keys.size(.keyValueHeads, default: heads)
      headWidth = try keys.size(.headWidth, default: hiddenSize / heads)
      vocabularySize = try keys.size(.vocabularySize, default: 32000)
      maximumPositions = try keys.size(.maximumPositions, default: 2048, limit: 1 << 30)
      activation = try keys.decodeIfPresent(Activation.self, forKey: .activation) ?? .silu
      epsilon = try keys.decodeIfPresent(Float.self, forKey: .epsilon) ?? 1e-6
      tiesEmbeddings = try keys.decodeIfPresent(Bool.self, forKey: .tiesEmbeddings) ?? false
      attentionBias = try keys.decodeIfPresent(Bool.self, forKey: .attentionBias) ?? false
      feedForwardBias = try keys.decodeIfPresent(Bool.self, forKey: .feedForwardBias) ?? false
      rotary = try RotaryConfiguration(from: decoder)
    }
  }
}
