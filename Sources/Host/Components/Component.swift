public import LatentLensTensors
public import LatentLensWeights

/// A part of a vision-language model: an encoder, a connector or a decoder.
///
/// A family states which configurations it accepts and how its weights become layers; looking it up
/// and decoding its configuration is the host's work. After `init` nothing fails: a forward pass is a
/// total function.
public protocol Component: Sendable {
  /// The keys of Hugging Face's `config.json` that this architecture reads, with HF's defaults.
  associatedtype Configuration: Decodable & Sendable

  /// The `model_type` values of Hugging Face configurations, or the connector names, it accepts.
  static var architectures: [String] { get }

  /// Prefixes that some releases put before all of the component's tensors; they are taken off.
  static var storedPrefixes: [String] { get }

  /// Tensors beside the component's own that a checkpoint may hold and nobody needs, as names in which
  /// one `*` stands for anything.
  static var foreignTensors: [String] { get }
}

extension Component {
  public static var storedPrefixes: [String] { [] }
  public static var foreignTensors: [String] { [] }
}

/// A component that is built from its configuration and its weights alone.
public protocol SelfContainedComponent: Component {
  /// Builds the layers from a configuration and a scope of weights.
  ///
  /// Weights that are missing or misshapen are recorded by the scope and reported together later.
  /// - Throws: `UnsupportedConfiguration` where the checkpoint asks for something this code is not.
  init(_ configuration: Configuration, weights: WeightScope) throws(UnsupportedConfiguration)
}

/// A checkpoint asks for a variant that the adapter does not describe.
public struct UnsupportedConfiguration: Error, Equatable, CustomStringConvertible {
  /// The key of the configuration.
  public let key: String
  /// Its value, as found.
  public let found: String
  /// What the adapter can do instead, as a phrase: "`silu` or `gelu`".
  public let supported: String

  public init(key: String, found: String, supported: String) {
    self.key = key
    self.found = found
    self.supported = supported
  }

  public var description: String { "`\(key)` is \(found), but this adapter knows \(supported)" }
}

/// Sees the residual stream layer by layer while a forward pass runs, and may change it.
///
/// `layer` is 0 for what enters the first block and `i` for what leaves block `i`, before any final
/// norm. `state` is `[tokens, width]`, lent for the duration of the call: whoever wants rows copies
/// them, so capturing costs nothing when nobody looks. What is written to it enters the next block.
public typealias HiddenStateObserver = (_ layer: Int, _ state: inout Matrix) -> Void
