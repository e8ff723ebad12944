internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensWeights

extension Blueprint {
  /// What a checkpoint may be taken for.
  enum Reading {
    /// A publisher's whole VLM.
    case whole(any VisionLanguageModel.Type)
    /// A decoder or an encoder.
    case alone(Role, any Component.Type)

    /// What people call it.
    var kind: String {
      switch self {
      case .whole(let model): model.kind
      case .alone(_, let component): component.kind
      }
    }

    /// Every architecture's name that a checkpoint may give, and what it is then taken for.
    static func all(in registry: Registry) -> [(architecture: String, reading: Reading)] {
      registry.models.flatMap { model in model.architectures.map { ($0, .whole(model)) } }
        + registry.decoders.flatMap { type in
          type.architectures.map { ($0, .alone(.decoder, type)) }
        }
        + registry.encoders.flatMap { type in
          type.architectures.map { ($0, .alone(.encoder, type)) }
        }
    }
  }

  /// Takes a checkpoint for what its `model_type` says.
  init(_ checkpoint: Checkpoint, named source: String, registry: Registry) throws {
    guard let root = checkpoint.configuration else {
      throw HostError(
        "\(source): holds weights alone; `checkpoint` needs a folder with config.json")
    }
    let type = try root.required("model_type")
    let name = try type.string()
    guard let found = Reading.all(in: registry).first(where: { $0.architecture == name }) else {
      let nearest = NearestAdapter.sentence(for: checkpoint, named: source, registry: registry)
      throw type.error("`\(name)` has no adapter here; \(nearest)")
    }
    try self.init(checkpoint, as: found.reading, name, named: source)
  }

  /// Takes a checkpoint for what one adapter describes.
  init(
    _ checkpoint: Checkpoint, as reading: Reading, _ architecture: String, named source: String
  ) throws {
    let document = try ConfigurationDocument(
      checkpoint.configuration ?? JSONNode([:], file: checkpoint.path))
    switch reading {
    case .whole(let model):
      let recipe = try Self.recipe(model, document)
      let parts = try recipe.parts.mapValues { part in
        let node = try document.node(of: part)
        return Part(
          architecture: try part.architecture ?? document.architecture(at: node),
          checkpoint: checkpoint, document: document, configuration: node, names: part.names)
      }
      self.init(
        source: source, parts: parts, joint: recipe.joint, turn: recipe.turn, whole: checkpoint)
    case .alone(let role, _):
      let part = Part(
        architecture: architecture, checkpoint: checkpoint, document: document,
        configuration: document.root, names: TensorNames())
      self.init(source: source, parts: [role: part], joint: nil, turn: nil, whole: checkpoint)
    }
  }

  private static func recipe<M: VisionLanguageModel>(
    _ model: M.Type, _ document: ConfigurationDocument
  ) throws -> Recipe {
    let configuration = try document.decode(model, at: document.root)
    return try supported(by: document.root) { () throws(UnsupportedConfiguration) in
      try M.recipe(for: configuration)
    }
  }
}

/// Gives an adapter's complaint the file and place of the configuration.
func supported<Value>(
  by configuration: JSONNode, _ body: () throws(UnsupportedConfiguration) -> Value
) throws -> Value {
  do {
    return try body()
  } catch {
    throw configuration.error(error.description)
  }
}
