/// A publisher's whole VLM in one checkpoint, told as data: which parts, under which names, joined how.
///
/// The host reads the recipe, finds each part's adapter by its architecture, and builds it from the
/// part's own configuration and weights.
public protocol VisionLanguageModel: Sendable {
  /// The keys of the checkpoint's `config.json` that the recipe needs.
  associatedtype Configuration: Decodable & Sendable

  /// The `model_type` values it accepts.
  static var architectures: [String] { get }

  /// The recipe for one checkpoint.
  static func recipe(for configuration: Configuration) throws(UnsupportedConfiguration) -> Recipe
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
    /// How publishers and releases have named the part's tensors: a stored prefix, and what the part
    /// itself calls it. The first that fits a tensor's name is taken; a tensor that none fits belongs
    /// to another part.
    public let names: [Renaming]

    public init(
      architecture: String? = nil, configuration: String? = nil, inherited: [String] = [],
      names: [Renaming]
    ) {
      self.architecture = architecture
      self.configuration = configuration
      self.inherited = inherited
      self.names = names
    }
  }

  /// A prefix of stored tensor names, and what stands for it in the part's own names.
  public struct Renaming: Sendable, Equatable {
    public let stored: String
    public let own: String

    public init(_ stored: String, as own: String = "") {
      self.stored = stored
      self.own = own
    }
  }

  public let encoder: Part
  public let connector: Part
  public let decoder: Part
  public let features: FeatureSelection
  public let placement: Placement
  /// A user's turn in the model's chat template, with `<image>` and `{prompt}` in it; nil where the
  /// checkpoint was not taught one.
  public let turn: String?

  public init(
    encoder: Part, connector: Part, decoder: Part, features: FeatureSelection,
    placement: Placement, turn: String? = nil
  ) {
    self.encoder = encoder
    self.connector = connector
    self.decoder = decoder
    self.features = features
    self.placement = placement
    self.turn = turn
  }
}

/// Which hidden states of the encoder feed the connector.
public struct FeatureSelection: Sendable, Equatable {
  /// Encoder layers, joined on channels in this order. Negative ones count from the end: -1 is the
  /// last block's output, as in Hugging Face's `vision_feature_layer`.
  public let layers: [Int]
  /// Whether CLS and register tokens go along with the patches.
  public let keepsPrefix: Bool

  public init(layers: [Int], keepsPrefix: Bool) {
    self.layers = layers
    self.keepsPrefix = keepsPrefix
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
