internal import LatentLensFormats
internal import LatentLensIndexing
internal import LatentLensLenses
internal import LatentLensModels
internal import LatentLensTensors

extension Request {
  /// Reads a run manifest; keys that it does not know are errors.
  ///
  /// - Throws: `JSONError` that names the file, and the place in it.
  package init(contentsOf path: String) throws {
    let root = try JSONNode(contentsOf: path)
    let keys = try root.decode(Keys.self, unknownKeys: .rejected)
    self.init(
      name: keys.name, models: try keys.models.map(ManifestPath.resolve),
      images: try ImageFiles.find(keys.images ?? []), texts: keys.texts ?? [])
    calibration = try ImageFiles.find(keys.calibration ?? [])
    let named = try ((keys.images ?? []) + (keys.calibration ?? [])).map(ManifestPath.resolve)
    found = ImageFiles.unnamed(images + calibration, in: named)
    controls = keys.controls ?? []
    prompt = keys.prompt
    if let lenses = keys.lenses { self.lenses = lenses.map(\.chosen) }
    if let layers = keys.layers { self.layers = layers }
    if let topK = keys.topK { self.topK = topK }
    if let captions = keys.captions { self.captions = captions }
    if let tokens = keys.tokens { self.tokens = tokens }
    if let attention = keys.attention { self.attention = attention }
    index = keys.index?.source
    if let output = keys.output { self.output = try ManifestPath.resolve(output) }
    try check(root)
  }

  /// Does `check()` at the places of a manifest.
  private func check(_ root: JSONNode) throws {
    guard !models.isEmpty else { throw try root.required("models").error("names no model") }
    guard !lenses.isEmpty else { throw try root.required("lenses").error("names no lens") }
    guard Self.topKRange ~= topK else {
      throw try root.required("top_k").error("has to be between 1 and \(Self.topKRange.upperBound)")
    }
    if let lens = lenses.first(where: { $0.lens.needs == .index })?.lens, index == nil {
      throw root.error(
        "the lens `\(lens.name)` needs `index`: {\"corpus\": ...} or {\"path\": ...}")
    }
    do {
      try check()
    } catch {
      throw root.error(error.description)
    }
  }

  /// Whether a file says that it is a run manifest, rather than a model's.
  package static func isManifest(_ path: String) throws -> Bool {
    guard PathKind(of: path) == .file, path.hasSuffix(".json") else { return false }
    return try JSONNode(contentsOf: path)["models"] != nil
  }

  private struct Keys: Decodable {
    let name: String
    let models: [JSONNode]
    let images: [JSONNode]?
    let texts: [String]?
    let calibration: [JSONNode]?
    let controls: [Control]?
    let prompt: String?
    let lenses: [LensKeys]?
    let layers: LayerSelection?
    let topK: Int?
    let index: IndexKeys?
    let captions: Bool?
    let tokens: TokenSelection?
    let attention: Bool?
    let output: JSONNode?

    enum CodingKeys: String, CodingKey {
      case name, models, images, texts, calibration, controls, prompt, lenses, layers, index,
        captions, tokens, attention
      case topK = "top_k"
      case output = "out"
    }
  }

  /// A lens by its name, or an object with its name and the path of what it needs.
  private struct LensKeys: Decodable {
    let chosen: ChosenLens

    enum CodingKeys: String, CodingKey { case lens, path }

    init(from decoder: any Decoder) throws {
      let place = try decoder.singleValueContainer().decode(JSONNode.self)
      do {
        if case .string(let name) = place.value {
          chosen = try ChosenLens(named: name)
        } else {
          let keys = try decoder.container(keyedBy: CodingKeys.self)
          let path = try keys.decodeIfPresent(JSONNode.self, forKey: .path)
          chosen = try ChosenLens(
            named: keys.decode(String.self, forKey: .lens), path: path.map(ManifestPath.resolve))
        }
      } catch let error as HostError {
        throw place.error(error.description)
      }
    }
  }

  private struct IndexKeys: Decodable {
    let source: IndexSource

    enum CodingKeys: String, CodingKey {
      case path, corpus, layers, dtype, keep
      case maxContexts = "max_contexts"
    }

    init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      let place = try decoder.singleValueContainer().decode(JSONNode.self)
      let path = try keys.decodeIfPresent(JSONNode.self, forKey: .path)
      let corpus = try keys.decodeIfPresent(JSONNode.self, forKey: .corpus)
      let options = try Self.options(keys, place)
      switch (path, corpus) {
      case (let path?, nil): source = .existing(try ManifestPath.resolve(path))
      case (nil, let corpus?):
        source = .build(corpus: try ManifestPath.resolve(corpus), options: options)
      default: throw place.error("give either `path` or `corpus`")
      }
    }

    private static func options(
      _ keys: KeyedDecodingContainer<CodingKeys>, _ place: JSONNode
    ) throws -> IndexOptions {
      var options = IndexOptions()
      options.layers = try keys.decodeIfPresent(LayerSelection.self, forKey: .layers)
      if let maxContexts = try keys.decodeIfPresent(Int.self, forKey: .maxContexts) {
        guard maxContexts > 0 else { throw place.error("`max_contexts` has to be at least 1") }
        options.maxContexts = maxContexts
      }
      if let keep = try keys.decodeIfPresent(JSONNode.self, forKey: .keep) {
        guard let rule = IndexIdentity.BuildRules.Keep(rawValue: try keep.string()) else {
          let rules = IndexIdentity.BuildRules.Keep.allCases.map(\.rawValue)
          throw keep.error("is not one of \(rules.joined(separator: ", "))")
        }
        options.keep = rule
      }
      if let name = try keys.decodeIfPresent(JSONNode.self, forKey: .dtype) {
        guard let type = Encoding(indexName: try name.string()) else {
          throw name.error("is not one of \(Encoding.indexNames.joined(separator: ", "))")
        }
        options.elementType = type
      }
      return options
    }
  }
}
