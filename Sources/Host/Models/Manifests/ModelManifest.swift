package import LatentLensComponents
package import LatentLensFormats

/// A model manifest: which checkpoint, or which parts, and what the checkpoint does not say itself.
package struct ModelManifest: Sendable {
  package let name: String
  package let source: Source
  /// The prompt, with `<image>` where the visual tokens go.
  package let prompt: String?
  /// A user's turn in the chat template, with `<image>` and `{prompt}`; nil takes the model's.
  package let turn: String?
  package let orientation: ImageOrientation
  /// What `preprocessor_config.json` would say, where it does not or says something else.
  package let preprocessing: JSONNode?
  /// How rotary embeddings of three axes count visual tokens.
  package let positions: Bridge.Positions
  /// Whether hidden states show what the connector adds after a block.
  package let showsInjections: Bool
  /// Where the manifest stands; a checkpoint without a manifest stands for itself.
  package let file: String

  /// Where the weights are.
  package enum Source: Sendable {
    /// One checkpoint: a whole VLM, a decoder alone, or an encoder alone.
    case checkpoint(String)
    /// A decoder, an encoder, or both with a connector between them, each from a place of its own.
    case parts([Role: PartManifest], JointManifest)
  }

  /// How a stored image is turned before it is seen.
  package enum ImageOrientation: String, Sendable, Codable {
    /// The pixels as they are stored, as Pillow opens them.
    case stored
    /// Turned as the EXIF orientation says.
    case exif
  }

  /// What stands for an image in prompts.
  package static let imageMarker = "<image>"

  /// A manifest for a checkpoint that has none.
  package init(name: String, checkpoint: String, prompt: String? = nil) {
    self.name = name
    source = .checkpoint(checkpoint)
    self.prompt = prompt
    turn = nil
    orientation = .stored
    preprocessing = nil
    positions = .raster
    showsInjections = false
    file = checkpoint
  }

  /// Reads a manifest.
  ///
  /// - Throws: `JSONError` with the place of a value that cannot be, and of a key that manifests do not
  ///   have; `HostError` for parts that make no model.
  package init(contentsOf path: String) throws {
    let keys = try JSONNode(contentsOf: path).decode(Keys.self, unknownKeys: .rejected)
    file = path
    name = keys.name
    prompt = keys.prompt
    turn = keys.turn
    orientation = keys.orientation ?? .stored
    preprocessing = keys.preprocessing
    positions = keys.positions ?? .raster
    showsInjections = keys.showsInjections ?? false
    switch (keys.checkpoint, Set(keys.parts.keys)) {
    case (let checkpoint?, []): source = .checkpoint(try ManifestPath.resolve(checkpoint))
    case (nil, [.decoder]), (nil, [.encoder]), (nil, Set(Role.allCases)):
      source = .parts(keys.parts, keys.joint)
    default:
      throw HostError(
        "\(path): give either `checkpoint`, or `decoder`, or `encoder`, or both with a `connector`")
    }
  }

  private struct Keys: Decodable {
    let name: String
    let checkpoint: JSONNode?
    let parts: [Role: PartManifest]
    let joint: JointManifest
    let prompt: String?
    let turn: String?
    let orientation: ImageOrientation?
    let preprocessing: JSONNode?
    let positions: Bridge.Positions?
    let showsInjections: Bool?

    enum CodingKeys: String, CodingKey {
      case name, checkpoint, encoder, connector, decoder, prompt, turn, orientation, preprocessing
      case positions
      case showsInjections = "shows_injections"
    }

    init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      name = try keys.decode(String.self, forKey: .name)
      checkpoint = try keys.decodeIfPresent(JSONNode.self, forKey: .checkpoint)
      var parts: [Role: PartManifest] = [:]
      parts[.encoder] = try keys.decodeIfPresent(PartManifest.self, forKey: .encoder)
      parts[.connector] = try keys.decodeIfPresent(PartManifest.self, forKey: .connector)
      parts[.decoder] = try keys.decodeIfPresent(PartManifest.self, forKey: .decoder)
      self.parts = parts
      joint = JointManifest(
        try keys.decodeIfPresent(JointManifest.EncoderKeys.self, forKey: .encoder),
        try keys.decodeIfPresent(JointManifest.ConnectorKeys.self, forKey: .connector))
      prompt = try keys.decodeIfPresent(String.self, forKey: .prompt)
      turn = try keys.decodeIfPresent(String.self, forKey: .turn)
      orientation = try keys.decodeIfPresent(ImageOrientation.self, forKey: .orientation)
      preprocessing = try keys.decodeIfPresent(JSONNode.self, forKey: .preprocessing)
      positions = try keys.decodeIfPresent(Bridge.Positions.self, forKey: .positions)
      showsInjections = try keys.decodeIfPresent(Bool.self, forKey: .showsInjections)
    }
  }
}
