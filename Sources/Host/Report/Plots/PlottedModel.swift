internal import LatentLensFormats

/// A model of a comparison, as far as it is drawn: of its pictures, or of texts where it has seen none.
struct PlottedModel {
  let number: Int
  let name: String
  let blockCount: Int
  let layers: [JSONValue]
  let lenses: [String]
  let contextualLayers: [JSONValue]
  let readings: [JSONNode]
  let norms: [JSONNode]
  let bands: [JSONNode]

  init(_ number: Int, _ node: JSONNode) throws {
    self.number = number
    name = try node.required("name").string()
    blockCount = try node.required("blocks").integer()
    layers = try node.required("layers").elements().map(\.value)
    lenses = try node.required("lenses").elements().map { try $0.string() }
    contextualLayers = try node.required("contextual_layers").elements().map(\.value)
    let curves = try node.required("curves")
    let drawn = curves["images"] ?? curves["texts"]
    readings = try drawn?.required("readings").elements() ?? []
    norms = try drawn?.required("norms").elements() ?? []
    bands = try node.required("bands").elements()
  }

  func depth(_ layer: JSONValue) -> Double? {
    guard case .integer(let number) = layer else { return nil }
    return Double(number) / Double(max(blockCount, 1))
  }

  func point(_ reading: JSONNode, _ quartiles: JSONNode) throws -> LineChart.Point {
    let layer = try reading.required("layer").value
    return LineChart.Point(
      layer: layer, depth: depth(layer), low: try quartiles.required("low").number(),
      middle: try quartiles.required("middle").number(),
      high: try quartiles.required("high").number())
  }

  func share(_ score: JSONNode, _ estimate: JSONNode) throws -> LineChart.Point {
    let layer = try score.required("layer").value
    let value = try estimate.required("value").number()
    return LineChart.Point(
      layer: layer, depth: depth(layer), low: try estimate["low"]?.number() ?? value,
      middle: value, high: try estimate["high"]?.number() ?? value)
  }
}
