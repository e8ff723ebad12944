internal import LatentLensComponents
package import LatentLensFormats
package import LatentLensKernels
package import LatentLensLenses
package import LatentLensModels
internal import LatentLensTensors

/// Searching an index with vectors that come from a file.
package struct IndexSearch: Sendable {
  private let index: ContextualIndex
  private let layers: [Int]
  private let compute: Compute

  /// - Parameter layers: the contextual layers to search; nil searches all. Negative numbers count from the
  ///   index' deepest layer.
  package init(
    index path: String, layers selection: LayerSelection?, compute: Compute
  ) throws {
    index = try ContextualIndex(contentsOf: path)
    self.compute = compute
    guard let selection, selection != .all else {
      layers = index.layers
      return
    }
    let has = index.layers.map(String.init).joined(separator: ", ")
    guard
      let stages = try? selection.stages(
        blockCount: index.layers.last ?? 0, hasConnector: false)
    else { throw HostError("\(path): has not all of these layers; it has \(has)") }
    layers = try stages.map { [index] stage in
      guard case .hidden(let number) = stage, index.layers.contains(number) else {
        throw HostError("\(path): has no layer \(stage.layerName); it has \(has)")
      }
      return number
    }
  }

  /// The neighbours of each row of a tensor, as JSON.
  ///
  /// - Parameter exhaustive: compares every row with every query one by one in 64-bit floats, which is slow
  ///   and finds the same rows.
  package func neighbors(
    ofTensor name: String?, in path: String, topK: Int, exhaustive: Bool = false
  ) throws -> JSONValue {
    let file = try SafetensorsFile(contentsOf: path)
    let tensor = try Self.tensor(name, of: file)
    let width = index.description.hiddenSize
    guard (1...2).contains(tensor.shape.count), tensor.shape.last == width else {
      throw HostError(
        "\(path): `\(tensor.name)` has the shape \(tensor.shape); this index needs [rows, \(width)]"
      )
    }
    let queries = Matrix(
      rows: tensor.count / width, columns: width, values: tensor.floats())
    let found =
      exhaustive
      ? index.plainNeighbors(of: queries, in: layers, topK: topK)
      : index.neighbors(of: queries, in: layers, topK: topK, compute: compute)
    return ["neighbors": .array(found.map { .array($0.compactMap(json)) })]
  }

  private func json(_ neighbor: Neighbor) -> JSONValue? {
    neighbor.origin.map { origin in
      let entries = index.entries
      return [
        "contextual_layer": .integer(Int64(origin.layer)), "row": .integer(Int64(origin.row)),
        "similarity": .number(Double(neighbor.score)),
        "token_id": .integer(Int64(neighbor.tokenID)),
        "position": .integer(Int64(entries.positions[origin.row])),
        "sentence": .string(entries.sentences[entries.sentenceIDs[origin.row]]),
      ]
    }
  }

  private static func tensor(_ name: String?, of file: SafetensorsFile) throws -> Weight {
    let names = file.tensors.keys.sorted()
    guard let name = name ?? (names.count == 1 ? names[0] : nil) else {
      throw HostError(
        "\(file.path): has \(names.count) tensors; choose one with --tensor: "
          + names.joined(separator: ", "))
    }
    guard let tensor = file.tensors[name] else {
      throw HostError(
        "\(file.path): has no tensor `\(name)`; it has \(names.joined(separator: ", "))")
    }
    return tensor
  }
}

extension ContextualIndex {
  /// A description for people.
  package var summary: String {
    let (identity, rules) = (description.identity, description.identity.rules)
    return """
      \(path)
        model     \(description.modelName) (\(identity.maker.weights)), computed in \
      \(identity.maker.arithmetic)
        rows      \(rows) of width \(description.hiddenSize), \(identity.elementType.indexName)
        layers    \(layers.map(String.init).joined(separator: ", "))
        sentences \(entries.sentences.count)
        rules     from position \(rules.firstPosition), at most \(rules.maxContexts) contexts per token
        size      \(byteText(description.files.reduce(0) { $0 + $1.bytes }))
      """
  }
}

/// A number of bytes, for people.
package func byteText(_ bytes: Int) -> String {
  let units = ["B", "kB", "MB", "GB", "TB"]
  var value = Double(bytes)
  var unit = 0
  while value >= 1000, unit < units.count - 1 {
    value /= 1000
    unit += 1
  }
  let rounded = (value * 10).rounded() / 10
  return "\(unit == 0 ? String(bytes) : String(rounded)) \(units[unit])"
}
