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
  /// Where scores lie and what stands against them, as results have it.
  let bands: JSONValue
  let images: [Source]
  let texts: [Source]

  /// Looks at a picture or a text: what was read of it is in memory as long as somebody does.
  typealias Source = @Sendable () throws -> Sheet

  /// How far up a layer is: 0 enters the first block, 1 leaves the last; nil for the connector and the norm.
  func depth(of layer: Stage) -> Double? {
    guard case .hidden(let number) = layer else { return nil }
    return Double(number) / Double(max(blockCount, 1))
  }
}

extension FigureModel {
  /// - Parameter parts: the folder of the parts, where there are any.
  init(_ model: ModelResults, parts: String?) {
    name = model.name
    blockCount = model.blockCount
    layers = model.layers
    lenses = model.lenses.map(\.name)
    contextualLayers = model.contextualLayers
    bands = .array(model.bands.map(\.json))
    let table = FigureTable(EntryTable(model.vocabulary))
    images = model.images.map { image in
      {
        switch image.stored {
        case .held(let readings): return Sheet(image, readings, table)
        case .part(let part):
          let opened = try OpenPart(part, in: parts ?? "")
          let own = FinishedTable(
            entries: try opened.head.required("entries"), sentences: nil)
          return Sheet(image, try opened.readings(), try FigureTable(own))
        }
      }
    }
    texts = model.texts.map { text in { Sheet(text, table) } }
  }

  /// - Throws: `JSONError` for what is no model of results.
  init(_ model: FinishedModel) throws {
    let node = model.node
    name = try node.required("name").string()
    let blocks = try node.required("blocks").integer()
    blockCount = blocks
    layers = try node.required("layers").elements().map { layer in
      let stage = try Stage(layer)
      guard case .hidden(let number) = stage, number > blocks else { return stage }
      throw layer.error("is none of a decoder of \(blocks) blocks")
    }
    lenses = try node.required("lenses").elements().map { try $0.required("name").string() }
    contextualLayers = try node.required("contextual_layers").elements().map { try $0.integer() }
    let table = try FigureTable(
      FinishedTable(entries: node.required("entries"), sentences: nil))
    bands = try node.required("bands").value
    images = model.images.map { sheet in { try Sheet(sheet, sheet.sharesTable ? table : nil) } }
    texts = model.texts.map { sheet in { try Sheet(sheet, table) } }
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
