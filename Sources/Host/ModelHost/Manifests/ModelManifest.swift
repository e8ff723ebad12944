public import LatentLensComponents
public import LatentLensFormats

/// A model manifest: which checkpoint, or which parts, and what the checkpoint does not say itself.
public struct ModelManifest: Sendable {
  public let name: String
  public let source: Source
  /// The prompt, with `<image>` where the visual tokens go.
  public let prompt: String?
  /// A user's turn in the chat template, with `<image>` and `{prompt}`; nil takes the model's.
  public let turn: String?
  public let orientation: ImageOrientation
  /// What `preprocessor_config.json` would say, where it does not or says something else.
  public let preprocessing: JSONNode?
  /// How rotary embeddings of three axes count visual tokens.
  public let positions: Model.Bridge.Positions
  /// Whether hidden states show what the connector adds after a block.
  public let showsInjections: Bool
  /// Where the manifest stands; a checkpoint folder without a manifest stands for itself.
  public let file: String

  /// Where the weights are.
  public enum Source: Sendable {
    /// One Hugging Face checkpoint: a whole VLM, a decoder alone, or an encoder alone.
    case checkpoint(String)
    /// Parts from different places.
    case parts(encoder: PartManifest?, connector: PartManifest?, decoder: PartManifest)
  }

  /// How a stored image is turned before it is seen.
  public enum ImageOrientation: String, Sendable, Decodable {
    /// The pixels as they are stored, as Pillow opens them.
    case stored
    /// Turned as the EXIF orientation says.
    case exif
  }

  public init(name: String, source: Source, prompt: String? = nil, file: String) {
    self.name = name
    self.source = source
    self.prompt = prompt
    turn = nil
    orientation = .stored
    preprocessing = nil
    positions = .raster
    showsInjections = false
    self.file = file
  }

  /// Reads a manifest; keys that it does not know are errors.
  public init(contentsOf path: String) throws {
    let keys = try JSONNode(contentsOf: path).decode(Keys.self, unknownKeys: .rejected)
    file = path
    name = keys.name
    prompt = keys.prompt
    turn = keys.turn
    orientation = keys.orientation ?? .stored
    preprocessing = keys.preprocessing
    positions = keys.positions ?? .raster
    showsInjections = keys.showsInjections ?? false
    switch (keys.checkpoint, keys.decoder) {
    case (let checkpoint?, nil) where keys.encoder == nil && keys.connector == nil:
      source = .checkpoint(try ManifestPath.resolve(checkpoint))
    case (nil, let decoder?):
      source = .parts(encoder: keys.encoder, connector: keys.connector, decoder: decoder)
    default:
      throw HostError(
        "\(path): give either `checkpoint`, or `decoder` with an optional `encoder` and `connector`"
      )
    }
  }

  private struct Keys: Decodable {
    let name: String
    let checkpoint: JSONNode?
    let encoder: PartManifest?
    let connector: PartManifest?
    let decoder: PartManifest?
    let prompt: String?
    let turn: String?
    let orientation: ImageOrientation?
    let preprocessing: JSONNode?
    let positions: Model.Bridge.Positions?
    let showsInjections: Bool?

    enum CodingKeys: String, CodingKey {
      case name
      case checkpoint
      case encoder
      case connector
      case decoder
      case prompt
      case turn
      case orientation
      case preprocessing
      case positions
      case showsInjections = "shows_injections"
    }
  }
}

/// One part of a model that is put together from several checkpoints.
public struct PartManifest: Sendable, Decodable {
  /// The adapter's name; nil takes the `model_type` of the checkpoint.
  public let adapter: String?
  /// A checkpoint folder, a safetensors file, or `hf:OWNER/NAME`.
  public let weights: String
  /// Keys that override those of the checkpoint's `config.json`.
  public let configuration: JSONNode?
  /// Encoder layers that feed the connector, as in `vision_feature_layer`.
  public let layers: [Int]?
  /// Whether CLS and register tokens go along.
  public let keepsPrefix: Bool?
  /// How visual tokens enter the sequence; connectors only.
  public let combination: Placement.Combination?
  /// The token that visual tokens meet in the sequence; connectors only. Nil takes the tokenizer's
  /// `<image>`.
  public let placeholder: Int?
  /// The prefix of this part's tensors in the file.
  public let prefix: String?

  private enum CodingKeys: String, CodingKey {
    case adapter
    case weights
    case configuration
    case layers
    case keepsPrefix = "keeps_prefix"
    case combination
    case placeholder
    case prefix
  }

  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    adapter = try keys.decodeIfPresent(String.self, forKey: .adapter)
    weights = try ManifestPath.resolve(keys.decode(JSONNode.self, forKey: .weights))
    configuration = try keys.decodeIfPresent(JSONNode.self, forKey: .configuration)
    layers = try keys.decodeIfPresent([Int].self, forKey: .layers)
    keepsPrefix = try keys.decodeIfPresent(Bool.self, forKey: .keepsPrefix)
    combination = try keys.decodeIfPresent(Placement.Combination.self, forKey: .combination)
    placeholder = try keys.decodeIfPresent(Int.self, forKey: .placeholder)
    prefix = try keys.decodeIfPresent(String.self, forKey: .prefix)
  }
}
