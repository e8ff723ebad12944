/// An architecture family: the components and whole models that one adapter module describes.
public struct Family: Sendable {
  public let name: String
  public let encoders: [any VisionEncoder.Type]
  public let connectors: [any Connector.Type]
  public let decoders: [any LanguageDecoder.Type]
  public let models: [any VisionLanguageModel.Type]

  public init(
    _ name: String, encoders: [any VisionEncoder.Type] = [],
    connectors: [any Connector.Type] = [], decoders: [any LanguageDecoder.Type] = [],
    models: [any VisionLanguageModel.Type] = []
  ) {
    self.name = name
    self.encoders = encoders
    self.connectors = connectors
    self.decoders = decoders
    self.models = models
  }
}

/// The families that are compiled in: a value, handed to whoever loads models.
public struct Registry: Sendable {
  public let families: [Family]

  public init(_ families: [Family]) {
    self.families = families
  }

  public func encoder(_ architecture: String) -> (any VisionEncoder.Type)? {
    families.lazy.flatMap(\.encoders).first { $0.architectures.contains(architecture) }
  }

  public func connector(_ architecture: String) -> (any Connector.Type)? {
    families.lazy.flatMap(\.connectors).first { $0.architectures.contains(architecture) }
  }

  public func decoder(_ architecture: String) -> (any LanguageDecoder.Type)? {
    families.lazy.flatMap(\.decoders).first { $0.architectures.contains(architecture) }
  }

  public func model(_ architecture: String) -> (any VisionLanguageModel.Type)? {
    families.lazy.flatMap(\.models).first { $0.architectures.contains(architecture) }
  }

  /// Every architecture name of a kind, for messages that tell what would be accepted.
  public var encoderArchitectures: [String] {
    families.flatMap(\.encoders).flatMap { $0.architectures }
  }
  public var connectorArchitectures: [String] {
    families.flatMap(\.connectors).flatMap { $0.architectures }
  }
  public var decoderArchitectures: [String] {
    families.flatMap(\.decoders).flatMap { $0.architectures }
  }
  public var modelArchitectures: [String] {
    families.flatMap(\.models).flatMap { $0.architectures }
  }
}
