internal import LatentLensFormats
internal import LatentLensIndexing
internal import LatentLensLenses
internal import LatentLensModels
internal import LatentLensTensors

extension Request {
  /// The request as a run manifest would ask it, with nothing left to defaults; where to write is no matter
  /// of what was found, and left out.
  var json: JSONValue {
    var object = JSONObject([
      ("name", .string(name)), ("models", .array(models.map(JSONValue.string))),
      ("images", .array(images.map(JSONValue.string))),
      ("texts", .array(texts.map(JSONValue.string))),
      ("calibration", .array(calibration.map(JSONValue.string))),
      ("controls", .array(controls.map { .string($0.rawValue) })),
      ("prompt", prompt.map(JSONValue.string) ?? .null),
      ("lenses", .array(lenses.map(\.json))), ("layers", .string(layers.text)),
      ("top_k", .integer(Int64(topK))), ("tokens", .string(tokens.rawValue)),
      ("captions", .bool(captions)), ("index", index?.json ?? .null),
    ])
    // Told where it is asked for, so that other results stay as they were.
    if attention { object["attention"] = true }
    return .object(object)
  }
}

extension ChosenLens {
  fileprivate var json: JSONValue {
    path.map { ["lens": .string(lens.name), "path": .string($0)] } ?? .string(lens.name)
  }
}

extension Request.IndexSource {
  fileprivate var json: JSONValue {
    switch self {
    case .existing(let path): ["path": .string(path)]
    case .build(let corpus, let options):
      [
        "corpus": .string(corpus), "layers": options.layers.map { .string($0.text) } ?? .null,
        "dtype": .string(options.elementType.indexName),
        "max_contexts": .integer(Int64(options.maxContexts)),
        "keep": .string(options.keep.rawValue),
      ]
    }
  }
}

extension LayerSelection {
  /// The form of the command line.
  var text: String {
    guard case .some(let items) = self else { return "all" }
    return items.map { item in
      switch item {
      case .connector: "connector"
      case .norm: "norm"
      case .layer(let number): String(number)
      case .range(let first, let last): "\(first)-\(last)"
      }
    }.joined(separator: ",")
  }
}
