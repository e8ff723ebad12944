import LatentLensComponents

extension MolmoConnector {
  /// The connector's keys in the whole `config.json`, with the defaults of `Molmo2Config`; what Molmo's
  /// file does not say, its code fixes.
  public struct Configuration: Decodable, Sendable {
    /// The width of a pooled square.
    let width: Int
    let heads: Int
    let headWidth: Int
    let intermediateSize: Int
    /// Patches along a side of a crop.
    let side: Int
    let newTokens: Int
    let wholeStartToken: Int
    let startToken: Int
    let endToken: Int
    let patchToken: Int
    let columnToken: Int
    /// Whether embeddings tell patches that show padding.
    let marksPadding: Bool
    /// Whether the image's tokens see each other in both directions.
    let isBidirectional: Bool
    /// The encoder's layers that feed the connector, as states: 0 is what enters the first block.
    let featureLayers: [Int]

    enum CodingKeys: String, CodingKey {
      case model = "model_type"
      case intermediateSize = "intermediate_size"
      case vocabularySize = "vocab_size"
      case embeddingSize = "embedding_size"
      case newTokens = "additional_vocab_size"
      case adapter = "adapter_config"
      case vision = "vit_config"
      case newerVision = "vision_config"
      case text = "text_config"
      case startToken = "image_start_token_id"
      case wholeStartToken = "low_res_image_start_token_id"
      case endToken = "image_end_token_id"
      case patchToken = "image_patch_id"
      case columnToken = "image_col_id"
      case layers = "vit_layers"
    }

    private enum AdapterKeys: String, CodingKey {
      case width = "hidden_size"
      case heads = "num_attention_heads"
      case headWidth = "head_dim"
      case intermediateSize = "intermediate_size"
      case layers = "vit_layers"
      case newerLayers = "vision_feature_layer"
    }

    private enum TextKeys: String, CodingKey {
      case newTokens = "additional_vocab_size"
    }

    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      if try keys.decode(String.self, forKey: .model) == "molmo" {
        let vision = try MolmoVisionConfiguration(from: decoder)
        width = vision.width
        heads = vision.heads
        headWidth = vision.headWidth
        intermediateSize = try keys.size(.intermediateSize) / 2
        side = vision.side
        newTokens = try keys.size(.newTokens, default: 128)
        // The tokens around the image are the first behind the vocabulary.
        let first =
          try keys.contains(.embeddingSize)
          ? keys.size(.embeddingSize) : keys.size(.vocabularySize)
        (startToken, wholeStartToken, endToken) = (first, first, first + 1)
        (patchToken, columnToken) = (first + 2, first + 3)
        marksPadding = true
        isBidirectional = false
        featureLayers = try keys.decodeIfPresent([Int].self, forKey: .layers) ?? [-2, -9]
      } else {
        let vision = try keys.decode(
          MolmoVisionConfiguration.self, forKey: keys.contains(.vision) ? .vision : .newerVision)
        let adapter = try keys.nestedContainer(keyedBy: AdapterKeys.self, forKey: .adapter)
        let text = try keys.nestedContainer(keyedBy: TextKeys.self, forKey: .text)
        width = try adapter.size(.width, default: 1152)
        heads = try adapter.size(.heads, default: 16)
        headWidth = try adapter.size(.headWidth, default: 72)
        intermediateSize = try adapter.size(.intermediateSize, default: 18944)
        side = vision.side
        newTokens = try text.size(.newTokens, default: 128)
        func token(_ key: CodingKeys, _ standard: Int) throws -> Int {
          try keys.decodeIfPresent(Int.self, forKey: key) ?? standard
        }
        startToken = try token(.startToken, 151936)
        wholeStartToken = try token(.wholeStartToken, 151940)
        endToken = try token(.endToken, 151937)
        patchToken = try token(.patchToken, 151938)
        columnToken = try token(.columnToken, 151939)
        marksPadding = false
        isBidirectional = true
        let layers =
          try adapter.decodeIfPresent([Int].self, forKey: .layers)
          ?? adapter.decodeIfPresent([Int].self, forKey: .newerLayers) ?? [24, 18]
        // Blocks are counted from 0 here, or from the end of those that the file declares.
        featureLayers = layers.map { ($0 < 0 ? $0 + vision.blockCount : $0) + 1 }
      }
    }
  }
}
