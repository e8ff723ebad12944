internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensTokenization

extension Blueprint {
  /// Reads what a manifest says, and opens the checkpoints that it names.
  init(_ manifest: ModelManifest, registry: Registry) throws {
    switch manifest.source {
    case .checkpoint(let locator):
      try self.init(Checkpoint(locator), named: manifest.file, registry: registry)
    case .parts(let parts, let joint):
      let built = try Dictionary(
        uniqueKeysWithValues: Role.allCases.compactMap { role in
          try parts[role].map { (role, try Part($0, as: role, of: manifest)) }
        })
      self.init(
        source: manifest.file, parts: built,
        joint: try built[.connector].map { _ in
          try Joint(joint, placeholder: { try Self.placeholder(built[.decoder], manifest.file) })
        },
        turn: nil, whole: nil)
    }
  }

  /// The token of the decoder's vocabulary that stands for an image.
  private static func placeholder(_ decoder: Part?, _ source: String) throws -> Int {
    let stored = try decoder?.checkpoint.source.tokenizer()
    guard let token = stored?.tokenizer.id(of: ModelManifest.imageMarker) else {
      throw HostError(
        "\(source): the tokenizer has no `\(ModelManifest.imageMarker)` token to put images at; "
          + "give the connector a `placeholder`")
    }
    return token
  }
}

extension Blueprint.Part {
  fileprivate init(_ part: PartManifest, as role: Role, of manifest: ModelManifest) throws {
    checkpoint = try Checkpoint(part.weights)
    // What stands beside a connector configures the model that it was taken from, not the connector.
    document = try ConfigurationDocument(
      checkpoint.configuration ?? JSONNode([:], file: manifest.file),
      overrides: part.configuration, isStrict: role != .connector)
    configuration = document.root
    architecture = try part.adapter ?? document.architecture(at: configuration)
    names = part.names
  }
}

extension Joint {
  /// What a manifest says, with a token for what it does not.
  fileprivate init(_ manifest: JointManifest, placeholder: () throws -> Int) throws {
    self.init(
      features: manifest.features,
      placement: Placement(
        placeholder: try manifest.placeholder ?? placeholder(), combination: manifest.combination))
  }
}
