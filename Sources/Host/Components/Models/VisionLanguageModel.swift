public import LatentLensWeights

/// A publisher's whole VLM in one checkpoint, told as data: which parts, under which names, joined how.
///
/// The host reads the recipe, finds each part's adapter by its architecture, and builds it from the
/// part's own configuration and weights.
public protocol VisionLanguageModel: Adapter {
  /// The recipe for one checkpoint.
  static func recipe(for configuration: Configuration) throws(UnsupportedConfiguration) -> Recipe
}

extension VisionLanguageModel {
  public static var kind: String { "whole VLM" }
}

/// The parts of a model that have weights, in the order in which they are built.
public enum Role: String, Sendable, CaseIterable {
  case encoder, decoder, connector
}

/// How the parts of a VLM are found in its checkpoint and joined.
public struct Recipe: Sendable {
  /// One part of the checkpoint.
  public struct Part: Sendable {
    /// The adapter's name; nil takes the `model_type` of the part's configuration.
    public let architecture: String?
    /// The member of `config.json` that configures the part; nil for the whole file.
    public let configuration: String?
    /// Members of the whole file that stand above the part's own.
    public let inherited: [String]
    /// What the part itself calls its tensors, which others may share a file with.
    public let names: TensorNames

    public init(
      architecture: String? = nil, configuration: String? = nil, inherited: [String] = [],
      names: [TensorNames.Renaming]
    ) {
      self.architecture = architecture
      self.configuration = configuration
      self.inherited = inherited
      self.names = TensorNames(names, isExclusive: true)
    }
  }

  public let parts: [Role: Part]
  public let joint: Joint
  /// A user's turn in the model's chat template, with `<image>` and `{prompt}` in it; nil where the
  /// checkpoint was not taught one.
  public let turn: String?

  public init(
    encoder: Part, connector: Part, decoder: Part, features: FeatureSelection,
    placement: Placement, turn: String? = nil
  ) {
    parts = [.encoder: encoder, .connector: connector, .decoder: decoder]
    joint = Joint(features: features, placement: placement)
    self.turn = turn
  }
}

/// How an encoder, a connector and a decoder are joined.
public struct Joint: Sendable, Equatable {
  public let features: FeatureSelection
  public let placement: Placement

  public init(features: FeatureSelection, placement: Placement) {
    self.features = features
    self.placement = placement
  }
}

/// Which hidden states of the encoder feed the connector.
public struct FeatureSelection: Sendable, Equatable {
  /// Encoder layers, joined on channels in this order. Negative ones count from the end: -1 is the
  /// last block's output, as in Hugging Face's `vision_feature_layer`.
  public let layers: [Int]
  /// Whether CLS and register tokens go along with the patches.
  public let keepsPrefix: Bool
  /// Whether the last block's output goes through the norm behind it, as in Idefics 3.
  public let isNormed: Bool

  public init(layers: [Int], keepsPrefix: Bool, isNormed: Bool = false) {
    self.layers = layers
    self.keepsPrefix = keepsPrefix
    self.isNormed = isNormed
  }
}

/// How visual tokens enter the decoder's sequence.
public struct Placement: Sendable, Equatable {
  /// What happens to the placeholder's own embedding.
  public enum Combination: String, Sendable, Decodable {
    /// The visual token takes its place (LLaVA).
    case replace
    /// The visual token is added to it (the method's own VLMs, Molmo).
    case add
  }

  /// The token whose embeddings give way to visual tokens.
  public let placeholder: Int
  public let combination: Combination

  public init(placeholder: Int, combination: Combination = .replace) {
    self.placeholder = placeholder
    self.combination = combination
  }
}
