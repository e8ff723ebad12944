internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensKernels
internal import LatentLensTensors
internal import LatentLensWeights

/// The parts of a blueprint, built, and everything about them that does not fit.
struct Assembly {
  private let blueprint: Blueprint
  private let registry: Registry
  private let compute: Compute

  private(set) var encoder: (any VisionEncoder)?
  private(set) var decoder: (any LanguageDecoder)?
  private(set) var connector: (any Connector)?
  private(set) var problems: [ModelProblem] = []
  /// The tensors that each part has read.
  private(set) var weights: [Role: [Weight]] = [:]
  /// Digests of the configurations that the parts have read.
  private(set) var configurationDigests: [Role: String] = [:]
  private var ownedNames: Set<String> = []

  /// Builds the parts, one after the other: a connector has to know what it joins.
  ///
  /// - Throws: `HostError` for an adapter that is not there, `JSONError` with the place for a
  ///   configuration that it does not describe. Tensors and keys that do not fit are no errors here.
  init(_ blueprint: Blueprint, registry: Registry, compute: Compute) throws {
    self.blueprint = blueprint
    self.registry = registry
    self.compute = compute
    for role in Role.allCases {
      if let part = blueprint.parts[role] { try add(role, part) }
    }
    let left = blueprint.whole?.tensors.values.filter { !ownedNames.contains($0.name) } ?? []
    problems += left.map { WeightProblem.unread(name: $0.name, shape: $0.shape) }.sorted()
      .map(ModelProblem.weight)
    problems += try blueprint.documents.flatMap { try $0.unreadKeys() }.map(ModelProblem.key)
  }

  private mutating func add(_ role: Role, _ part: Blueprint.Part) throws {
    let ledger: WeightLedger
    let adapter: any Component.Type
    switch role {
    case .encoder:
      guard let type = registry.encoder(part.architecture) else {
        throw unknown(part, registry.encoders.map { $0 })
      }
      (adapter, ledger) = (type, self.ledger(part, for: type))
      encoder = try build(type, part, ledger)
    case .decoder:
      guard let type = registry.decoder(part.architecture) else {
        throw unknown(part, registry.decoders.map { $0 })
      }
      (adapter, ledger) = (type, self.ledger(part, for: type))
      decoder = try build(type, part, ledger)
    case .connector:
      guard let type = registry.connector(part.architecture) else {
        throw unknown(part, registry.connectors.map { $0 })
      }
      (adapter, ledger) = (type, self.ledger(part, for: type))
      connector = try build(type, part, ledger, joining: shape())
    }
    configurationDigests[role] = part.document.digest(of: adapter)
    ownedNames.formUnion(ledger.storedNames)
    weights[role] = ledger.readTensors
    problems += ledger.problems.map(ModelProblem.weight)
  }

  private func unknown(_ part: Blueprint.Part, _ known: [any Component.Type]) -> HostError {
    HostError(
      "\(blueprint.source): no \(known.first?.kind ?? "such") adapter takes "
        + "`\(part.architecture)`; there are "
        + known.flatMap { $0.architectures }.joined(separator: ", "))
  }

  private func ledger(_ part: Blueprint.Part, for type: any Component.Type) -> WeightLedger {
    WeightLedger(
      part.checkpoint.tensors, source: part.checkpoint.path, compute: compute,
      names: [part.names, type.tensorNames], isShuffled: part.isShuffled)
  }

  /// What a connector has to fit.
  private func shape() throws -> ConnectorShape {
    guard let encoder, let decoder, let features = blueprint.joint?.features else {
      throw HostError("\(blueprint.source): a connector needs an encoder and a decoder to join")
    }
    guard !features.layers.isEmpty else {
      throw HostError("\(blueprint.source): `layers` names no layer of the encoder")
    }
    for layer in features.layers where layer.magnitude > encoder.blockCount {
      throw HostError(
        "\(blueprint.source): feature layer \(layer) is not there: the encoder has "
          + "\(encoder.blockCount) blocks")
    }
    if features.isNormed {
      guard encoder.finalNorm != nil else {
        throw HostError(
          "\(blueprint.source): `final_norm` is asked for, but the encoder has no norm behind its last "
            + "block")
      }
      guard features.stages(blockCount: encoder.blockCount).contains(.visionNorm) else {
        throw HostError(
          "\(blueprint.source): `final_norm` is asked for, but `layers` does not name the last block, "
            + "which is -1")
      }
    }
    guard encoder.width <= WeightScope.widest / features.layers.count else {
      throw HostError(
        "\(blueprint.source): \(features.layers.count) feature layers of width \(encoder.width) are too much "
          + "for a connector")
    }
    return ConnectorShape(
      inputWidth: encoder.width * features.layers.count, outputWidth: decoder.hiddenSize)
  }

  private func build<C: SelfContainedComponent>(
    _ type: C.Type, _ part: Blueprint.Part, _ ledger: WeightLedger
  ) throws -> C {
    let configuration = try part.document.decode(type, at: part.configuration)
    return try supported(by: part.configuration) { () throws(UnsupportedConfiguration) in
      try C(configuration, weights: ledger.root)
    }
  }

  private func build<C: Connector>(
    _ type: C.Type, _ part: Blueprint.Part, _ ledger: WeightLedger, joining shape: ConnectorShape
  ) throws -> C {
    let configuration = try part.document.decode(type, at: part.configuration)
    return try supported(by: part.configuration) { () throws(UnsupportedConfiguration) in
      try C(configuration, joining: shape, weights: ledger.root)
    }
  }
}
