import LatentLensComponents

extension StarCoder2Decoder {
  /// The keys of `config.json`, with the defaults of Hugging Face's `Starcoder2Config`.
  public struct Configuration: Decodable, Sendable {
    let hiddenSize: Int
    let intermediateSize: Int
    let blockCount: Int
    let heads: Int
    let keyValueHeads: Int
    let vocabularySize: Int
    let maximumPositions: Int
    let activation: Activation
    let epsilon: Float
    let bias: Bool
    let window: Int?
    let tiesEmbeddings: Bool
    let rotary: RotaryConfiguration

    enum CodingKeys: String, CodingKey {
      case hiddenSize = "hidden_size"
      case intermediateSize = "intermediate_size"
      case blockCount = "num_hidden_layers"
      case heads = "num_attention_heads"
      case keyValueHeads = "num_key_value_heads"
      case vocabularySize = "vocab_size"
      case maximumPositions = "max_position_embeddings"
      case activation = "hidden_act"
      case epsilon = "norm_epsilon"
      case bias = "use_bias"
      case window = "sliding_window"
      case tiesEmbeddings = "tie_word_embeddings"
    }

    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      hiddenSize = try keys.size(.hiddenSize, default: 3072)
      intermediateSize = try keys.size(.intermediateSize, default: 12288)
      blockCount = try keys.layerCount(.blockCount, default: 30)
      heads = try keys.size(.heads, default: 24)
      keyValueHeads = try keys.size(.keyValueHeads, default: 2)
      vocabularySize = try keys.size(.vocabularySize, default: 49152)
      maximumPositions = try keys.size(.maximumPositions, default: 4096, limit: 1 << 30)
      activation = try keys.decodeIfPresent(Activation.self, forKey: .activation) ?? .geluTanh
      epsilon = try keys.decodeIfPresent(Float.self, forKey: .epsilon) ?? 1e-5
      bias = try keys.decodeIfPresent(Bool.self, forKey: .bias) ?? true
      window = try keys.decodeIfPresent(Int.self, forKey: .window)
      tiesEmbeddings = try keys.decodeIfPresent(Bool.self, forKey: .tiesEmbeddings) ?? true
      rotary = try RotaryConfiguration(from: decoder)
    }
  }
}
