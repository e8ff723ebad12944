internal import LatentLensFormats
public import LatentLensLenses
public import LatentLensTensors

/// A run manifest: models, images, and what to find out about them.
public struct RunManifest: Sendable {
  public let name: String
  public let models: [String]
  /// Files, folders and globs, as resolved paths of files.
  public let images: [String]
  public let prompt: String?
  public let lenses: [LensKind]
  public let layers: LayerSelection
  public let topK: Int
  public let index: IndexSource?
  public let captions: Bool
  public let tokens: TokenSelection
  public let output: String

  /// How many neighbours can be asked for; more than these nobody reads.
  public static let topKRange = 1...1000

  /// Which tokens of the sequence are read.
  public enum TokenSelection: String, Sendable, Decodable, CaseIterable {
    /// The visual tokens.
    case visual
    /// The text around them, too.
    case all
  }

  /// Where the contextual index comes from.
  public enum IndexSource: Sendable {
    case existing(String)
    case build(corpus: String, options: IndexOptions)
  }

  /// A run without a manifest file.
  public init(
    name: String, models: [String], images: [String], prompt: String?, lenses: [LensKind],
    layers: LayerSelection, topK: Int, index: IndexSource?, tokens: TokenSelection, output: String
  ) {
    self.name = name
    self.models = models
    self.images = images
    self.prompt = prompt
    self.lenses = lenses
    self.layers = layers
    self.topK = topK
    self.index = index
    captions = true
    self.tokens = tokens
    self.output = output
  }

  /// Reads a manifest; keys that it does not know are errors.
  public init(contentsOf path: String) throws {
    let root = try JSONNode(contentsOf: path)
    let keys = try root.decode(Keys.self, unknownKeys: .rejected)
    name = keys.name
    models = try keys.models.map(ManifestPath.resolve)
    images = try ImageFiles.find(keys.images)
    prompt = keys.prompt
    lenses = keys.lenses ?? [.latent, .logit, .embedding]
    layers = keys.layers ?? .all
    topK = keys.topK ?? 5
    captions = keys.captions ?? true
    tokens = keys.tokens ?? .visual
    index = keys.index?.source
    output = try keys.output.map(ManifestPath.resolve) ?? "out"
    guard !models.isEmpty else { throw try root.required("models").error("names no model") }
    guard Self.topKRange ~= topK else {
      throw try root.required("top_k").error("has to be between 1 and \(Self.topKRange.upperBound)")
    }
    if lenses.contains(.latent), index == nil {
      throw root.error("the latent lens needs `index`: {\"corpus\": ...} or {\"path\": ...}")
    }
  }

  private struct Keys: Decodable {
    let name: String
    let models: [JSONNode]
    let images: [JSONNode]
    let prompt: String?
    let lenses: [LensKind]?
    let layers: LayerSelection?
    let topK: Int?
    let index: IndexKeys?
    let captions: Bool?
    let tokens: TokenSelection?
    let output: JSONNode?

    enum CodingKeys: String, CodingKey {
      case name, models, images, prompt, lenses, layers, index, captions, tokens
      case topK = "top_k"
      case output = "out"
    }
  }

  private struct IndexKeys: Decodable {
    let source: IndexSource

    enum CodingKeys: String, CodingKey {
      case path, corpus, layers, dtype
      case maxContexts = "max_contexts"
    }

    init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      let place = try decoder.singleValueContainer().decode(JSONNode.self)
      let layers = try keys.decodeIfPresent(LayerSelection.self, forKey: .layers)
      let typeName = try keys.decodeIfPresent(JSONNode.self, forKey: .dtype)
      let maxContexts = try keys.decodeIfPresent(Int.self, forKey: .maxContexts) ?? 50
      guard maxContexts > 0 else { throw place.error("`max_contexts` has to be at least 1") }
      let path = try keys.decodeIfPresent(JSONNode.self, forKey: .path)
      let corpus = try keys.decodeIfPresent(JSONNode.self, forKey: .corpus)
      switch (path, corpus) {
      case (let path?, nil): source = .existing(try ManifestPath.resolve(path))
      case (nil, let corpus?):
        var type = ElementType.f32
        if let typeName {
          guard let known = ElementType(indexName: try typeName.string()) else {
            throw typeName.error("is not one of f32, f16, bf16, i8")
          }
          type = known
        }
        source = .build(
          corpus: try ManifestPath.resolve(corpus),
          options: IndexOptions(layers: layers, elementType: type, maxContexts: maxContexts))
      default: throw place.error("give either `path` or `corpus`")
      }
    }
  }
}

/// How an index is to be built.
public struct IndexOptions: Sendable {
  /// Contextual layers; nil takes those of the paper.
  public var layers: LayerSelection?
  public var elementType: ElementType
  public var maxContexts: Int

  public init(
    layers: LayerSelection? = nil, elementType: ElementType = .f32, maxContexts: Int = 50
  ) {
    self.layers = layers
    self.elementType = elementType
    self.maxContexts = maxContexts
  }
}
