/// An architecture family: what one adapter module describes.
public struct Family: Sendable {
  public let name: String
  public let adapters: [any Adapter.Type]

  public init(_ name: String, _ adapters: any Adapter.Type...) {
    self.name = name
    self.adapters = adapters
  }
}

/// The families that are compiled in: a value, handed to whoever loads models.
public struct Registry: Sendable {
  public let families: [Family]

  public init(_ families: [Family]) {
    self.families = families
  }

  public func encoder(_ architecture: String) -> (any VisionEncoder.Type)? { find(architecture) }
  public func connector(_ architecture: String) -> (any Connector.Type)? { find(architecture) }
  public func decoder(_ architecture: String) -> (any LanguageDecoder.Type)? { find(architecture) }
  public func model(_ architecture: String) -> (any VisionLanguageModel.Type)? {
    find(architecture)
  }
  public func imageProcessor(_ name: String) -> (any ImageProcessor.Type)? { find(name) }

  public var encoders: [any VisionEncoder.Type] { all() }
  public var connectors: [any Connector.Type] { all() }
  public var decoders: [any LanguageDecoder.Type] { all() }
  public var models: [any VisionLanguageModel.Type] { all() }
  public var imageProcessors: [any ImageProcessor.Type] { all() }

  /// The adapter of a kind that accepts an architecture.
  private func find<Kind>(_ architecture: String) -> Kind? {
    families.lazy.flatMap(\.adapters).filter { $0.architectures.contains(architecture) }
      .compactMap { $0 as? Kind }.first
  }

  private func all<Kind>() -> [Kind] { families.flatMap(\.adapters).compactMap { $0 as? Kind } }
}
