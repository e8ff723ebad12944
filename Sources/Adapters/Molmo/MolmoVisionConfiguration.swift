import LatentLensComponents

/// The vision encoder's keys: Molmo 2's `vit_config`, with the defaults of `Molmo2VisionConfig`; Molmo's
/// `config.json` has none, so that its encoder is what its code says, OpenAI's CLIP ViT-L/14 at 336.
public struct MolmoVisionConfiguration: Decodable, Sendable {
  let width: Int
  let intermediateSize: Int
  let blockCount: Int
  let heads: Int
  let headWidth: Int
  let activation: Activation
  let epsilon: Float
  let patchSize: Int
  /// Patches along a side of a crop.
  let side: Int
  let hasClassToken: Bool

  enum CodingKeys: String, CodingKey {
    case model = "model_type"
    case backbone = "vision_backbone"
    case width = "hidden_size"
    case intermediateSize = "intermediate_size"
    case blockCount = "num_hidden_layers"
    case heads = "num_attention_heads"
    case keyValueHeads = "num_key_value_heads"
    case headWidth = "head_dim"
    case activation = "hidden_act"
    case epsilon = "layer_norm_eps"
    case imageSize = "image_default_input_size"
    case newerImageSize = "image_size"
    case patchSize = "image_patch_size"
    case newerPatchSize = "patch_size"
  }

  /// Molmo's training code, and nobody else, calls the same things so.
  private enum BackboneKeys: String, CodingKey {
    case width = "image_emb_dim"
    case intermediateSize = "image_mlp_dim"
    case blockCount = "image_num_layers"
    case heads = "image_num_heads"
    case headWidth = "image_head_dim"
    case epsilon = "image_norm_eps"
    case imageSize = "image_default_input_size"
    case patchSize = "image_patch_size"
  }

  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    hasClassToken = try keys.decodeIfPresent(String.self, forKey: .model) == "molmo"
    let pixels: Int
    if hasClassToken {
      let backbone =
        try keys.contains(.backbone)
        ? keys.nestedContainer(keyedBy: BackboneKeys.self, forKey: .backbone) : nil
      func size(_ key: BackboneKeys, _ standard: Int) throws -> Int {
        try backbone?.size(key, default: standard) ?? standard
      }
      width = try size(.width, 1024)
      intermediateSize = try size(.intermediateSize, 4096)
      blockCount = try backbone?.layerCount(.blockCount, default: 23) ?? 23
      heads = try size(.heads, 16)
      headWidth = try size(.headWidth, 64)
      activation = .quickGELU
      epsilon = try backbone?.decodeIfPresent(Float.self, forKey: .epsilon) ?? 1e-5
      patchSize = try size(.patchSize, 14)
      pixels = try backbone?.decodeIfPresent([Int].self, forKey: .imageSize)?.first ?? 336
    } else {
      width = try keys.size(.width, default: 1152)
      intermediateSize = try keys.size(.intermediateSize, default: 4304)
      blockCount = try keys.layerCount(.blockCount, default: 25)
      heads = try keys.size(.heads, default: 16)
      headWidth = try keys.size(.headWidth, default: 72)
      activation = try keys.decodeIfPresent(Activation.self, forKey: .activation) ?? .geluTanh
      epsilon = try keys.decodeIfPresent(Float.self, forKey: .epsilon) ?? 1e-6
      patchSize =
        try keys.contains(.patchSize)
        ? keys.size(.patchSize) : keys.size(.newerPatchSize, default: 14)
      let sides =
        try keys.decodeIfPresent([Int].self, forKey: .imageSize)
        ?? keys.decodeIfPresent([Int].self, forKey: .newerImageSize)
      pixels = sides?.first ?? 378
    }
    guard patchSize <= pixels, pixels <= 32768 else {
      throw DecodingError.dataCorruptedError(
        forKey: .imageSize, in: keys,
        debugDescription: "is \(pixels), but has to be between a patch and 32768")
    }
    side = pixels / patchSize
  }

  var patchValues: Int { 3 * patchSize * patchSize }
}
