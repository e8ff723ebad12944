import LatentLensComponents

/// The decoder's keys: Molmo's `config.json`, or Molmo 2's `text_config`, with the defaults of
/// `Molmo2TextConfig`.
public struct MolmoDecoderConfiguration: Decodable, Sendable {
  /// Where queries and keys are normed before they are rotated.
  enum QueryKeyNorm: String, Decodable {
    case byHead = "qwen3"
    case overAllChannels = "olmo"
  }

  /// Molmo and not Molmo 2.
  let isFirst: Bool
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
  let attentionBias: Bool
  let queryKeyNorm: QueryKeyNorm?
  let normsAfter: Bool
  let tiesEmbeddings: Bool
  let rotary: RotaryConfiguration
  private let scaledBlocks: [Int]?

  enum CodingKeys: String, CodingKey {
    case model = "model_type"
    case hiddenSize = "hidden_size"
    case intermediateSize = "intermediate_size"
    case blockCount = "num_hidden_layers"
    case heads = "num_attention_heads"
    case keyValueHeads = "num_key_value_heads"
    case headWidth = "head_dim"
    case vocabularySize = "vocab_size"
    case embeddingSize = "embedding_size"
    case maximumPositions = "max_position_embeddings"
    case activation = "hidden_act"
    case epsilon = "layer_norm_eps"
    case newerEpsilon = "rms_norm_eps"
    case attentionBias = "qkv_bias"
    case newerAttentionBias = "attention_bias"
    case usesQueryKeyNorm = "use_qk_norm"
    case attentionLayerNorm = "attention_layer_norm"
    case queryKeyNorm = "qk_norm_type"
    case normsAfter = "norm_after"
    case tiesWeights = "weight_tying"
    case tiesEmbeddings = "tie_word_embeddings"
    case scaledBlocks = "rope_scaling_layers"
  }

  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    func flag(_ key: CodingKeys, _ standard: Bool) throws -> Bool {
      try keys.decodeIfPresent(Bool.self, forKey: key) ?? standard
    }
    isFirst = try keys.decodeIfPresent(String.self, forKey: .model) == "molmo"
    hiddenSize = try keys.size(.hiddenSize, default: 4096)
    let inner = try keys.size(.intermediateSize, default: isFirst ? 22016 : 12288)
    // Molmo counts both halves of the fused layer.
    intermediateSize = isFirst ? inner / 2 : inner
    blockCount = try keys.layerCount(.blockCount, default: isFirst ? 32 : 36)
    heads = try keys.size(.heads, default: 32)
    keyValueHeads = try keys.size(.keyValueHeads, default: isFirst ? heads : 8)
    headWidth = try keys.size(.headWidth, default: isFirst ? max(1, hiddenSize / heads) : 128)
    vocabularySize =
      try keys.contains(.embeddingSize)
      ? keys.size(.embeddingSize) : keys.size(.vocabularySize, default: 151936)
    maximumPositions = try keys.size(.maximumPositions, default: 36864, limit: 1 << 30)
    activation = try keys.decodeIfPresent(Activation.self, forKey: .activation) ?? .silu
    epsilon =
      try keys.decodeIfPresent(Float.self, forKey: .epsilon)
      ?? keys.decodeIfPresent(Float.self, forKey: .newerEpsilon) ?? 1e-6
    attentionBias = try flag(.attentionBias, flag(.newerAttentionBias, false))
    if isFirst {
      queryKeyNorm = try flag(.attentionLayerNorm, false) ? .overAllChannels : nil
    } else {
      queryKeyNorm =
        try flag(.usesQueryKeyNorm, true)
        ? keys.decodeIfPresent(QueryKeyNorm.self, forKey: .queryKeyNorm) ?? .byHead : nil
    }
    normsAfter = try flag(.normsAfter, false)
    tiesEmbeddings = try flag(.tiesWeights, flag(.tiesEmbeddings, false))
    scaledBlocks = try keys.decodeIfPresent([Int].self, forKey: .scaledBlocks)
    rotary = try RotaryConfiguration(from: decoder)
  }

  /// Whether the frequencies of a block's rotary embedding are scaled; all are where the file is silent.
  func scalesRotary(ofBlock index: Int) -> Bool { scaledBlocks?.contains(index) ?? true }

  func check() throws(UnsupportedConfiguration) {
    guard heads % keyValueHeads == 0 else {
      throw UnsupportedConfiguration(
        key: "num_key_value_heads", found: "\(keyValueHeads)",
        supported: "divisors of the \(heads) heads")
    }
  }
}
