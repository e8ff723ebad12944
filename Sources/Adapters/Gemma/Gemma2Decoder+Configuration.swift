import LatentLensComponents

extension Gemma2Decoder {
  /// The keys of `config.json` that a Gemma 2 reads, with the defaults of Hugging Face's
  /// `Gemma2Config`.
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
    /// What queries are divided by the square root of.
    let queryScalar: Double
    let attentionSoftCap: Float?
    let logitSoftCap: Float?
    let rotary: RotaryConfiguration
    private let slidingWindow: Int?
    private let layerTypes: [String]?

    enum CodingKeys: String, CodingKey {
      case hiddenSize = "hidden_size"
      case intermediateSize = "intermediate_size"
      case blockCount = "num_hidden_layers"
      case heads = "num_attention_heads"
      case keyValueHeads = "num_key_value_heads"
      case headWidth = "head_dim"
      case vocabularySize = "vocab_size"
      case maximumPositions = "max_position_embeddings"
      case activation = "hidden_activation"
      case epsilon = "rms_norm_eps"
      case tiesEmbeddings = "tie_word_embeddings"
      case attentionBias = "attention_bias"
      case queryScalar = "query_pre_attn_scalar"
      case attentionSoftCap = "attn_logit_softcapping"
      case logitSoftCap = "final_logit_softcapping"
      case slidingWindow = "sliding_window"
      case layerTypes = "layer_types"
    }

    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      hiddenSize = try keys.size(.hiddenSize, default: 2304)
      intermediateSize = try keys.size(.intermediateSize, default: 9216)
      blockCount = try keys.layerCount(.blockCount, default: 26)
      heads = try keys.size(.heads, default: 8)
      keyValueHeads = try keys.size(.keyValueHeads, default: 4)
      headWidth = try keys.size(.headWidth, default: 256)
      vocabularySize = try keys.size(.vocabularySize, default: 256_000)
      maximumPositions = try keys.size(.maximumPositions, default: 8192, limit: 1 << 30)
      activation = try keys.decodeIfPresent(Activation.self, forKey: .activation) ?? .geluTanh
      epsilon = try keys.decodeIfPresent(Float.self, forKey: .epsilon) ?? 1e-6
      tiesEmbeddings = try keys.decodeIfPresent(Bool.self, forKey: .tiesEmbeddings) ?? true
      attentionBias = try keys.decodeIfPresent(Bool.self, forKey: .attentionBias) ?? false
      queryScalar = try keys.decodeIfPresent(Double.self, forKey: .queryScalar) ?? 256
      attentionSoftCap = try keys.decodeIfPresent(Float.self, forKey: .attentionSoftCap)
      logitSoftCap = try keys.decodeIfPresent(Float.self, forKey: .logitSoftCap)
      slidingWindow = try keys.size(.slidingWindow, default: 4096, limit: 1 << 30)
      layerTypes = try keys.decodeIfPresent([String].self, forKey: .layerTypes)
      rotary = try RotaryConfiguration(from: decoder)
    }

    /// How far back a block sees; nil for all the way. Every other block slides, the first among them.
    func window(ofBlock index: Int) -> Int? {
      if let layerTypes, layerTypes.indices.contains(index) {
        return layerTypes[index] == "sliding_attention" ? slidingWindow : nil
      }
      return index % 2 == 0 ? slidingWindow : nil
    }
  }
}
