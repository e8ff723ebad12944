public import LatentLensComponents

/// Molmo and Molmo 2 as wholes, their parts, and how they cut pictures.
public let molmo = Family(
  "Molmo", Molmo.self, Molmo2.self, MolmoVisionEncoder.self, MolmoConnector.self,
  MolmoDecoder.self, MolmoProcessor.self)

/// Molmo (arXiv 2409.17146), as its publisher's own code reads it; transformers has no class for it.
public struct Molmo: VisionLanguageModel {
  public typealias Configuration = MolmoConnector.Configuration

  public static let architectures = ["molmo"]

  public static func recipe(for configuration: MolmoConnector.Configuration) -> Recipe {
    .molmo(
      "molmo", configuration, vision: nil, text: nil,
      turn: "<|endoftext|><image> User: {prompt} Assistant:")
  }
}

/// Molmo 2 (arXiv 2601.10611; reference: transformers `modeling_molmo2.py`).
public struct Molmo2: VisionLanguageModel {
  public static let architectures = ["molmo2"]
  /// Tokens that no picture needs.
  public static let irrelevantKeys = ["image_low_res_id", "use_frame_special_tokens"]

  public struct Configuration: AdapterConfiguration {
    let connector: MolmoConnector.Configuration
    let visionKey: String

    public init(_ keys: ConfigurationKeys) throws {
      connector = try MolmoConnector.Configuration(keys)
      visionKey = keys.contains("vit_config") ? "vit_config" : ConfigurationKeys.visionMember
    }
  }

  /// The tokens of an image come first in the user's turn, behind the token that begins a text.
  public static func recipe(for configuration: Configuration) -> Recipe {
    .molmo(
      "molmo2", configuration.connector, vision: configuration.visionKey,
      text: ConfigurationKeys.textMember,
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
