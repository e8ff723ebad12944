public import LatentLensComponents

/// Qwen's VLMs as wholes, what they see with, and how they cut pictures.
public let qwenVL = Family(
  "QwenVL", Qwen2VL.self, Qwen25VL.self, Qwen3VL.self, Qwen2VisionEncoder.self,
  Qwen25VisionEncoder.self, Qwen3VisionEncoder.self, Qwen2Merger.self, Qwen25Merger.self,
  Qwen3Merger.self, QwenVLProcessor.self)

/// Qwen 2 VL (arXiv 2409.12191; reference: transformers `modeling_qwen2_vl.py`).
public struct Qwen2VL: VisionLanguageModel {
  public typealias Configuration = QwenVLConfiguration
  public static let architectures = ["qwen2_vl"]

  public static func recipe(for configuration: QwenVLConfiguration) -> Recipe {
    .qwen("qwen2_vl", configuration, layers: [-1], system: .assistant)
  }
}

/// Qwen 2.5 VL (arXiv 2502.13923; reference: transformers `modeling_qwen2_5_vl.py`).
public struct Qwen25VL: VisionLanguageModel {
  public typealias Configuration = QwenVLConfiguration
  public static let architectures = ["qwen2_5_vl"]

  public static func recipe(for configuration: QwenVLConfiguration) -> Recipe {
    .qwen("qwen2_5_vl", configuration, layers: [-1], system: .assistant)
  }
}

/// Qwen 3 VL (arXiv 2511.21631; reference: transformers `modeling_qwen3_vl.py`).
public struct Qwen3VL: VisionLanguageModel {
  public static let architectures = ["qwen3_vl"]

  public struct Configuration: AdapterConfiguration {
    let shared: QwenVLConfiguration
    let vision: Qwen3VisionEncoder.Configuration

    public init(_ keys: ConfigurationKeys) throws {
      shared = try QwenVLConfiguration(keys)
      vision = try .init(keys.object(ConfigurationKeys.visionMember))
    }
  }

  public static func recipe(for configuration: Configuration) -> Recipe {
    // What leaves block i is layer i + 1.
    let layers = configuration.vision.deepStackBlocks.map { $0 + 1 } + [-1]
    return .qwen("qwen3_vl", configuration.shared, layers: layers, system: "")
  }
}

/// The keys of `config.json` that the recipes need.
public struct QwenVLConfiguration: AdapterConfiguration {
  let imageToken: Int
  /// Whether the decoder's keys have a place of their own; older releases keep them at the top.
  let hasTextConfiguration: Bool

  public init(_ keys: ConfigurationKeys) throws {
    imageToken = try keys.token("image_token_id", default: 151655)
    hasTextConfiguration = keys.contains(ConfigurationKeys.textMember)
  }
}

extension String {
  /// What a chat template puts before the first user's turn, where it puts something.
  fileprivate static let assistant =
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
}

extension Recipe {
  /// The parts of any of Qwen's VLMs, which differ in name alone.
  ///
  /// - Parameter system: what the chat template puts before the user's turn.
  fileprivate static func qwen(
    _ name: String, _ configuration: QwenVLConfiguration, layers: [Int], system: String
  ) -> Recipe {
    Recipe(
      encoder: .init(
        architecture: "\(name)_vision", configuration: ConfigurationKeys.visionMember,
        names: [.init("model.visual."), .init("visual.")]),
      connector: .init(
        architecture: "\(name)_merger", configuration: ConfigurationKeys.visionMember,
        names: ["merger.", "deepstack_merger_list."].flatMap { name in
          [.init("model.visual.\(name)", as: name), .init("visual.\(name)", as: name)]
        }),
      decoder: .init(
        architecture: "\(name)_text",
        configuration: configuration.hasTextConfiguration ? ConfigurationKeys.textMember : nil,
        inherited: ["tie_word_embeddings"],
        names: ["embed_tokens.", "layers.", "norm."].flatMap { name in
          ["model.language_model.", "model."].map { .init($0 + name, as: "model." + name) }
        } + [.init("lm_head.", as: "lm_head.")]),
      features: FeatureSelection(layers: layers, keepsPrefix: false),
      placement: Placement(placeholder: configuration.imageToken),
      turn: system + "<|im_start|>user\n<|vision_start|><image><|vision_end|>{prompt}<|im_end|>\n"
        + "<|im_start|>assistant\n")
  }
}
