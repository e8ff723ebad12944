internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensIndexing
internal import LatentLensLenses
internal import LatentLensModels

/// A model as figures need it: what it is, and what it has read.
struct FigureModel: Sendable {
  let name: String
  let blockCount: Int
  /// The layers that were read, ascending.
  let layers: [Stage]
  let lenses: [String]
  let contextualLayers: [Int]
  /// Per entry its word, as words are compared.
  let words: [String]
  /// Per entry the contextual layer that it is from.
  let sources: [Int?]
  /// Where scores lie and what stands against them, as results have it.
  let bands: JSONValue
  let images: [Sheet]
  let texts: [Sheet]

  /// How far up a layer is: 0 enters the first block, 1 leaves the last; nil for the connector and the norm.
  func depth(of layer: Stage) -> Double? {
    guard case .hidden(let number) = layer else { return nil }
    return Double(number) / Double(max(blockCount, 1))
  }

  /// Words are compared in lower case, without spaces around them; where there is nothing else, their tokens are.
  private static func folded(_ word: String, of token: String) -> String {
    let word = word.trimmed
    return (word.isEmpty ? token : word).lowercased()
  }
}

extension FigureModel {
  init(_ model: ModelResults) {
    name = model.name
    blockCount = model.blockCount
    layers = model.layers
    lenses = model.lenses.map(\.name)
    contextualLayers = model.contextualLayers
    words = model.vocabulary.entries.map { Self.folded($0.word, of: $0.token) }
    sources = model.vocabulary.entries.map { $0.context?.layer }
    bands = .array(model.bands.map(\.json))
    images = model.images.map { Sheet($0) }
    texts = model.texts.map { Sheet($0) }
  }

  /// - Throws: `JSONError` for what is no model of results.
  init(_ node: JSONNode) throws {
    name = try node.required("name").string()
    blockCount = try node.required("blocks").integer()
    layers = try node.required("layers").elements().map { try Stage($0) }
    lenses = try node.required("lenses").elements().map { try $0.required("name").string() }
    contextualLayers = try node.required("contextual_layers").elements().map { try $0.integer() }
    let entries = try node.required("entries")
    words = try zip(
      entries.required("word").elements(), entries.required("token").elements()
    ).map { Self.folded(try $0.string(), of: try $1.string()) }
    let sources = try entries.required("contextual_layer").elements()
    self.sources = try sources.map { $0.value == .null ? nil : try $0.integer() }
    guard sources.count == words.count else {
      throw entries.error("has \(sources.count) contextual layers for \(words.count) words")
    }
    bands = try node.required("bands").value
    images = try node.required("images").elements().map { try Sheet($0) }
    texts = try node.required("texts").elements().map { try Sheet($0) }
  }
}

extension Stage {
  /// A layer, as results write it.
  init(_ node: JSONNode) throws(JSONError) {
    switch node.value {
    case .integer(let number) where number >= 0: self = .hidden(Int(number))
    case .string("connector"): self = .connector
    case .string("norm"): self = .norm
    default: throw node.error("is no layer: a number, `connector` or `norm`")
    }
  }
}
