public import LatentLensComponents

/// LLaVA 1.5 and LLaVA-NeXT as whole VLMs, and how the second cuts pictures.
public let llava = Family(
  "LLaVA", LLaVA.self, LLaVANext.self, LLaVANextConnector.self, LLaVANextProcessor.self)

/// LLaVA 1.5: patches of the next-to-last encoder block, a two-layer connector, and visual tokens in
/// place of `<image>` (arXiv 2310.03744; reference: transformers `modeling_llava.py`).
public struct LLaVA: VisionLanguageModel {
  public static let architectures = ["llava"]
  /// What training left out, and what the text part and the processor tell themselves.
  public static let irrelevantKeys = ["ignore_index", "image_seq_length", "vocab_size"]

  public struct Configuration: AdapterConfiguration {
    let imageToken: Int
    let featureLayers: [Int]
    let selection: String

    public init(_ keys: ConfigurationKeys) throws {
      imageToken = try keys.imageToken("image_token_index", default: 32000)
      selection = try keys.text(Self.selectionName) ?? "default"
      featureLayers = try keys.layers("vision_feature_layer", default: [-2])
    }

    private static let selectionName = "vision_feature_select_strategy"

    /// Makes sure that features are selected in one of some ways.
    func checkSelection(
      _ known: [String], as phrase: String
    ) throws(UnsupportedConfiguration) {
      guard known.contains(selection) else {
        throw UnsupportedConfiguration(
          key: Self.selectionName, found: "`\(selection)`", supported: phrase)
      }
    }
  }

  public static func recipe(
    for configuration: Configuration
  ) throws(UnsupportedConfiguration) -> Recipe {
    try configuration.checkSelection(
      ["default", "full"], as: "`default` (patches alone) and `full` (with CLS)")
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
        configuration: ConfigurationKeys.visionMember,
        names: [.init("model.vision_tower."), .init("vision_tower.")]),
      connector: connector,
      decoder: .init(
        configuration: ConfigurationKeys.textMember, inherited: ["tie_word_embeddings"],
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
