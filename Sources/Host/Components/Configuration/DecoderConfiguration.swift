public import LatentLensKernels

/// The keys of `config.json` that dense decoders share, each written here alone.
public struct DecoderConfiguration: Sendable {
  /// What a family's code in transformers assumes where the file is silent.
  public struct Defaults: Sendable {
    public var hiddenSize = 4096
    public var intermediateSize = 11008
    public var blockCount = 32
    public var heads = 32
    /// Nil is as many as heads.
    public var keyValueHeads: Int?
    /// Nil divides the hidden size.
    public var headWidth: Int?
    public var vocabularySize = 32000
    public var maximumPositions = 2048
    public var activation = Activation.silu
    public var epsilon: Float = 1e-6
    public var tiesEmbeddings = false
    /// The base of the rotary embedding's wavelengths.
    public var rotaryTheta = 10000.0
    /// How rotary pairs are dealt to axes; nil for a single one.
    public var rotarySections: RotaryConfiguration.Sections?

    public init(
      hiddenSize: Int = 4096, intermediateSize: Int = 11008, blockCount: Int = 32, heads: Int = 32,
      keyValueHeads: Int? = nil, headWidth: Int? = nil, vocabularySize: Int = 32000,
      maximumPositions: Int = 2048, activation: Activation = .silu, epsilon: Float = 1e-6,
      tiesEmbeddings: Bool = false, rotaryTheta: Double = 10000,
      rotarySections: RotaryConfiguration.Sections? = nil
    ) {
      self.hiddenSize = hiddenSize
      self.intermediateSize = intermediateSize
      self.blockCount = blockCount
      self.heads = heads
      self.keyValueHeads = keyValueHeads
      self.headWidth = headWidth
      self.vocabularySize = vocabularySize
      self.maximumPositions = maximumPositions
      self.activation = activation
      self.epsilon = epsilon
      self.tiesEmbeddings = tiesEmbeddings
      self.rotaryTheta = rotaryTheta
      self.rotarySections = rotarySections
    }
  }

  /// What a family calls the keys that not all call the same.
  public struct Names: Sendable {
    public var activation: String
    public var epsilon: String
    /// The number of rows of the table, where a file may tell it beside that of the vocabulary.
    public var vocabularySize: String

    public init(
      activation: String = "hidden_act", epsilon: String = "rms_norm_eps",
      vocabularySize: String = "vocab_size"
    ) {
      self.activation = activation
      self.epsilon = epsilon
      self.vocabularySize = vocabularySize
    }
  }

  public let hiddenSize: Int
  public let intermediateSize: Int
  public let blockCount: Int
  public let heads: Int
  public let keyValueHeads: Int
  public let headWidth: Int
  public let vocabularySize: Int
  public let maximumPositions: Int
  public let activation: Activation
  public let epsilon: Float
  public let tiesEmbeddings: Bool
  public let rotary: RotaryConfiguration

  /// - Throws: where a value means damage, or asks for what no dense decoder here does.
  public init(
    _ keys: ConfigurationKeys, defaults: Defaults, names: Names = Names()
  ) throws {
    hiddenSize = try keys.size("hidden_size", default: defaults.hiddenSize)
    intermediateSize = try keys.size("intermediate_size", default: defaults.intermediateSize)
    blockCount = try keys.layerCount("num_hidden_layers", default: defaults.blockCount)
    heads = try keys.size("num_attention_heads", default: defaults.heads)
    // Null is as many as heads, also where the class assumes another number.
    let shared = "num_key_value_heads"
    let standard = try keys.isNull(shared) ? heads : defaults.keyValueHeads ?? heads
    keyValueHeads = try keys.size(shared, default: standard)
    headWidth = try keys.size(
      "head_dim", default: defaults.headWidth ?? max(1, hiddenSize / heads))
    vocabularySize = try keys.size(names.vocabularySize, default: defaults.vocabularySize)
    maximumPositions = try keys.size(
      "max_position_embeddings", default: defaults.maximumPositions, limit: 1 << 30)
    activation = try keys.activation(names.activation, default: defaults.activation)
    epsilon = try keys.positive(names.epsilon, default: defaults.epsilon)
    tiesEmbeddings = try keys.flag("tie_word_embeddings", default: defaults.tiesEmbeddings)
    rotary = try RotaryConfiguration(
      keys, headWidth: headWidth, maximumPositions: maximumPositions, theta: defaults.rotaryTheta,
      sections: defaults.rotarySections)
    try keys.require("is_causal", toBe: true)
    guard heads % keyValueHeads == 0 else {
      throw UnsupportedConfiguration(
        key: "num_key_value_heads", found: "\(keyValueHeads)",
        supported: "divisors of the \(heads) heads")
    }
  }

  /// Causal attention in these heads.
  public func attention(
    scale: Float? = nil, softCap: Float? = nil, window: Int? = nil, _ compute: Compute
  ) -> Attention {
    Attention(
      heads: heads, keyValueHeads: keyValueHeads, headWidth: headWidth, mask: .causal,
      scale: scale, softCap: softCap, window: window, compute: compute)
  }
}
