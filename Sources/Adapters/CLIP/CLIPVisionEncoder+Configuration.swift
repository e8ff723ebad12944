import LatentLensComponents

extension CLIPVisionEncoder {
  /// The keys of a CLIP vision configuration, with the defaults of Hugging Face's `CLIPVisionConfig`.
  ///
  /// A whole CLIP checkpoint keeps them under `vision_config`.
  public struct Configuration: Decodable, Sendable {
    let hiddenSize: Int
    let intermediateSize: Int
    let blockCount: Int
    let heads: Int
    let channels: Int
    let imageSize: Int
    let patchSize: Int
    let activation: Activation
    let epsilon: Float

    enum CodingKeys: String, CodingKey {
      case hiddenSize = "hidden_size"
      case intermediateSize = "intermediate_size"
      case blockCount = "num_hidden_layers"
      case heads = "num_attention_heads"
      case channels = "num_channels"
      case imageSize = "image_size"
      case patchSize = "patch_size"
      case activation = "hidden_act"
      case epsilon = "layer_norm_eps"
      case visionConfiguration = "vision_config"
    }

    public init(from decoder: any Decoder) throws {
      let root = try decoder.container(keyedBy: CodingKeys.self)
      let keys =
        root.contains(.visionConfiguration)
        ? try root.nestedContainer(keyedBy: CodingKeys.self, forKey: .visionConfiguration) : root
      hiddenSize = try keys.size(.hiddenSize, default: 768)
      intermediateSize = try keys.size(.intermediateSize, default: 3072)
      blockCount = try keys.layerCount(.blockCount, default: 12)
      heads = try keys.size(.heads, default: 12)
      channels = try keys.size(.channels, default: 3)
      imageSize = try keys.size(.imageSize, default: 224)
      patchSize = try keys.size(.patchSize, default: 32)
      activation = try keys.decodeIfPresent(Activation.self, forKey: .activation) ?? .quickGELU
      epsilon = try keys.decodeIfPresent(Float.self, forKey: .epsilon) ?? 1e-5
    }
  }
}
