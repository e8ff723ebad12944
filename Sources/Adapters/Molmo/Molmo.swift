public import LatentLensComponents

/// Molmo (arXiv 2409.17146), as its publisher's own code reads it; transformers has no class for it.
public struct Molmo: VisionLanguageModel {
  public static let architectures = ["molmo"]

  public static func recipe(
    for configuration: MolmoConnector.Configuration
  ) throws(UnsupportedConfiguration) -> Recipe {
    .molmo(
      "molmo", configuration, vision: nil, text: nil,
      turn: "<|endoftext|><image> User: {prompt} Assistant:")
  }
}

/// Molmo 2 (arXiv 2601.10611; reference: transformers `modeling_molmo2.py`).
public struct Molmo2: VisionLanguageModel {
  public static let architectures = ["molmo2"]

  public struct Configuration: Decodable, Sendable {
    let connector: MolmoConnector.Configuration
    let visionKey: String

    private enum CodingKeys: String, CodingKey {
      case vision = "vit_config"
    }

    public init(from decoder: any Decoder) throws {
      connector = try MolmoConnector.Configuration(from: decoder)
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      visionKey = keys.contains(.vision) ? "vit_config" : "vision_config"
    }
  }

  /// The tokens of an image come first in the user's turn, behind the token that begins a text.
  public static func recipe(
    for configuration: Configuration
  ) throws(UnsupportedConfiguration) -> Recipe {
    .molmo(
      "molmo2", configuration.connector, vision: configuration.visionKey, text: "text_config",
      turn: "<|im_end|><|im_start|>user\n<image>{prompt}<|im_end|>\n<|im_start|>assistant\n")
  }
}

extension Recipe {
  fileprivate static func molmo(
    _ name: String, _ configuration: MolmoConnector.Configuration, vision: String?, text: String?,
    turn: String
  ) -> Recipe {
    let backbone = "model.vision_backbone."
    return Recipe(
      encoder: .init(
        architecture: "\(name)_vision", configuration: vision,
        names: [.init("\(backbone)image_vit.")]),
      connector: .init(
        architecture: "\(name)_connector",
        names: ["image_pooling_2d.", "image_projector.", "pad_embed"].map {
          .init(backbone + $0, as: $0)
        } + [.init("model.transformer.wte.new_", as: "wte.new_")]),
      decoder: .init(
        architecture: "\(name)_text", configuration: text,
        inherited: text == nil ? [] : ["tie_word_embeddings"],
        names: [
          .init("model.transformer.", as: "transformer."), .init("lm_head.", as: "lm_head."),
        ]),
      features: FeatureSelection(layers: configuration.featureLayers, keepsPrefix: false),
      placement: Placement(placeholder: configuration.patchToken, combination: .add),
      turn: turn)
  }
}

/// Molmo and Molmo 2 as wholes, and their parts.
public let molmo = Family(
  "Molmo", encoders: [MolmoVisionEncoder.self], connectors: [MolmoConnector.self],
  decoders: [MolmoDecoder.self], models: [Molmo.self, Molmo2.self])
