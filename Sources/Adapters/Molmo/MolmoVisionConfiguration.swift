public import LatentLensComponents

/// The vision encoder's keys: Molmo 2's `vit_config`, with the defaults of `Molmo2VisionConfig`; Molmo's
/// `config.json` has none, so that its encoder is what its code says, OpenAI's CLIP ViT-L/14 at 336.
public struct MolmoVisionConfiguration: AdapterConfiguration {
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

  public init(_ keys: ConfigurationKeys) throws {
    hasClassToken = try keys.modelType() == "molmo"
    let pixels: Int
    if hasClassToken {
      // Molmo's training code, and nobody else, tells the encoder's sizes.
      let backbone = try keys.optionalObject("vision_backbone")
      func size(_ key: String, _ standard: Int) throws -> Int {
        try backbone?.size(key, default: standard) ?? standard
      }
      width = try size("image_emb_dim", 1024)
      intermediateSize = try size("image_mlp_dim", 4096)
      blockCount = try backbone?.layerCount("image_num_layers", default: 23) ?? 23
      heads = try size("image_num_heads", 16)
      headWidth = try size("image_head_dim", 64)
      activation = .quickGELU
      epsilon = try backbone?.positive("image_norm_eps", default: 1e-5) ?? 1e-5
      patchSize = try size("image_patch_size", 14)
      pixels = try backbone?.value("image_default_input_size", as: [Int].self)?.first ?? 336
    } else {
      width = try keys.hiddenSize(default: 1152)
      intermediateSize = try keys.intermediateSize(default: 4304)
      blockCount = try keys.layerCount("num_hidden_layers", default: 25)
      heads = try keys.size("num_attention_heads", default: 16)
      headWidth = try keys.headWidth(default: 72)
      activation = try keys.hiddenActivation(default: .geluTanh)
      epsilon = try keys.positive("layer_norm_eps", default: 1e-6)
      patchSize = try keys.size("image_patch_size", "patch_size", default: 14)
      try keys.require("num_key_value_heads", toBe: heads)
      try keys.require("attention_bias", toBe: true)
      try keys.require("num_channels", toBe: 3)
      let sides = try keys.value("image_default_input_size", "image_size", as: [Int].self)
      pixels = sides?.first ?? 378
      guard sides?.allSatisfy({ [pixels] in $0 == pixels }) ?? true else {
        throw UnsupportedConfiguration(
          key: "image_size", found: "\(sides ?? [])", supported: "squares")
      }
    }
    guard patchSize <= pixels, pixels <= 32768 else {
      throw UnsupportedConfiguration(
        key: "image_default_input_size", found: "\(pixels)",
        supported: "from a patch of \(patchSize) to 32768")
    }
    side = pixels / patchSize
    for key in ["image_num_pos", "num_position_embeddings"] where !hasClassToken {
      try keys.require(key, toBe: side * side)
    }
  }

  var patchValues: Int { 3 * patchSize * patchSize }
}
