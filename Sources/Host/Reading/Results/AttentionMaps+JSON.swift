internal import Foundation
internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensModels
internal import LatentLensSession

extension AttentionMaps {
  /// As results have it.
  var json: JSONValue {
    .object(
      head(
        layers.map { layer in
          var object = JSONObject([("layer", layer.layer.layerJSON)])
          for (name, column) in layer.columns { object[name] = Self.json(column) }
          object[Layer.weightName] = .string(Data(layer.weights).base64EncodedString())
          return .object(object)
        }))
  }

  /// What stands in the metadata of a part, whose tensors hold the rest.
  var partJSON: JSONValue { .object(head(layers.map(\.layer.layerJSON))) }

  private func head(_ layers: [JSONValue]) -> JSONObject {
    JSONObject([
      ("reach", .array(reach.map { .whole($0) })), ("start", .whole(start)),
      ("layers", .array(layers)),
    ])
  }

  private static func json(_ column: [Float]) -> JSONValue {
    .array(column.map { .number(rounded($0, 1e7)) })
  }

  /// - Parameter node: as results have it.
  /// - Throws: `JSONError` for what are no maps of so many tokens.
  init(_ node: JSONNode, tokenCount: Int) throws(JSONError) {
    let head = try Head(node, tokenCount: tokenCount)
    var layers: [Layer] = []
    for layer in try node.required("layers").elements() {
      func column(_ name: String) throws(JSONError) -> [Float]? {
        guard let place = layer[name] else { return nil }
        return try place.floats()
      }
      let weights = try layer.required(Layer.weightName)
      guard let bytes = Data(base64Encoded: try weights.string()),
        let made = try Layer(
          Stage(layer.required("layer")), column, [UInt8](bytes), fitting: head.reach)
      else { throw layer.error("does not tell the weights of \(tokenCount) tokens") }
      layers.append(made)
    }
    self.init(reach: head.reach, start: head.start, layers: layers)
  }

  /// What stands at the head of maps, wherever the weights are.
  struct Head {
    let reach: [Int]
    let start: Int?

    init(_ node: JSONNode, tokenCount: Int) throws(JSONError) {
      let place = try node.required("reach")
      var reach: [Int] = []
      for element in try place.elements() { reach.append(try element.integer()) }
      guard reach.count == tokenCount, reach.allSatisfy((0...tokenCount).contains) else {
        throw place.error("does not tell how many of \(tokenCount) tokens each sees")
      }
      self.reach = reach
      start = try node["start"]?.integer()
    }
  }
}

extension AttentionMaps.Layer {
  /// What the weights are called, in JSON and in parts.
  static let weightName = "weight"

  /// The columns that have a number for each token.
  var columns: [(name: String, values: [Float])] {
    [("top", top), ("first", first)] + (picture.map { [("picture", $0)] } ?? [])
  }

  /// Nil for columns that do not fit each other.
  init?<Failure: Error>(
    _ layer: Stage, _ column: (String) throws(Failure) -> [Float]?, _ weights: [UInt8],
    fitting reach: [Int]
  ) throws(Failure) {
    guard let top = try column("top"), let first = try column("first") else { return nil }
    let picture = try column("picture")
    guard ([top, first] + (picture.map { [$0] } ?? [])).allSatisfy({ $0.count == reach.count }),
      weights.count == reach.reduce(0, +)
    else { return nil }
    self.init(layer: layer, top: top, first: first, picture: picture, weights: weights)
  }
}
