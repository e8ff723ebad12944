public import LatentLensWeights

/// Something that a family describes, chosen by the name of an architecture: a component of a model, a
/// whole model, or the way in which a model's pictures are prepared.
public protocol Adapter: Sendable {
  /// The keys that this architecture reads, with the defaults of its publisher's code.
  associatedtype Configuration: AdapterConfiguration

  /// What a reader would call it: "decoder", "vision encoder".
  static var kind: String { get }

  /// The names it accepts: `model_type` values of Hugging Face configurations, class names of image
  /// processors, or names that a manifest gives.
  static var architectures: [String] { get }

  /// Keys of its configuration that change nothing in its arithmetic, as names in which one `*` stands
  /// for anything. Any other key that it does not read is refused.
  static var irrelevantKeys: [String] { get }
}

extension Adapter {
  public static var irrelevantKeys: [String] { [] }
}

/// A part of a model that has weights: an encoder, a connector or a decoder.
///
/// A family states which configurations it accepts and how weights become layers; looking it up and
/// decoding its configuration is the host's work. After `init` nothing fails: a forward pass is a total
/// function.
public protocol Component: Adapter {
  /// How publishers call the component's tensors, and which of them nobody needs.
  static var tensorNames: TensorNames { get }
}

extension Component {
  public static var tensorNames: TensorNames { TensorNames() }
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
