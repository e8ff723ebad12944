public import LatentLensComponents

/// LLaVA 1.5: patches of the next-to-last encoder block, a two-layer connector, and visual tokens in
/// place of `<image>` (arXiv 2310.03744; reference: transformers `modeling_llava.py`).
public struct LLaVA: VisionLanguageModel {
  public static let architectures = ["llava"]

  public struct Configuration: Decodable, Sendable {
    let imageToken: Int
    let featureLayers: [Int]
    let selection: String

    enum CodingKeys: String, CodingKey {
      case imageToken = "image_token_index"
      case imageTokenID = "image_token_id"
      case featureLayer = "vision_feature_layer"
      case selection = "vision_feature_select_strategy"
    }

    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      imageToken =
        try keys.decodeIfPresent(Int.self, forKey: .imageToken)
        ?? keys.decodeIfPresent(Int.self, forKey: .imageTokenID) ?? 32000
      selection = try keys.decodeIfPresent(String.self, forKey: .selection) ?? "default"
      if !keys.contains(.featureLayer) {
        featureLayers = [-2]
      } else if let layer = try? keys.decode(Int.self, forKey: .featureLayer) {
        featureLayers = [layer]
      } else {
        featureLayers = try keys.decode([Int].self, forKey: .featureLayer)
      }
    }
  }

  public static func recipe(
    for configuration: Configuration
  ) throws(UnsupportedConfiguration) -> Recipe {
    guard ["default", "full"].contains(configuration.selection) else {
      throw UnsupportedConfiguration(
        key: "vision_feature_select_strategy", found: "`\(configuration.selection)`",
        supported: "`default` (patches alone) and `full` (with CLS)")
    }
    return .llava(
      configuration, keepsPrefix: configuration.selection == "full",
      connector: .init(
        architecture: "mlp",
        names: [.init("model.multi_modal_projector."), .init("multi_modal_projector.")]))
  }
}

extension Recipe {
  /// What LLaVA's generations share: everything but the connector.
  static func llava(
    _ configuration: LLaVA.Configuration, keepsPrefix: Bool, connector: Part
  ) -> Recipe {
    Recipe(
      encoder: .init(
        configuration: "vision_config",
        names: [.init("model.vision_tower."), .init("vision_tower.")]),
      connector: connector,
      decoder: .init(
        configuration: "text_config",
        names: [
          .init("model.language_model.", as: "model."),
          .init("language_model.model.", as: "model."),
          .init("language_model.lm_head.", as: "lm_head."), .init("lm_head.", as: "lm_head."),
        ]),
      features: FeatureSelection(
        layers: configuration.featureLayers, keepsPrefix: keepsPrefix),
      placement: Placement(placeholder: configuration.imageToken))
  }
}

/// LLaVA 1.5 and LLaVA-NeXT as whole VLMs.
public let llava = Family(
  "LLaVA", connectors: [LLaVANextConnector.self], models: [LLaVA.self, LLaVANext.self])
