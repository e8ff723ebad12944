public import LatentLensFormats
public import LatentLensKernels
public import LatentLensLenses
internal import LatentLensTensors

/// Searching an index with vectors that come from a file.
public struct IndexSearch: Sendable {
  private let lens: LatentLens

  /// - Parameter layers: the contextual layers to search; nil searches all.
  public init(index path: String, layers: LayerSelection?, compute: Compute) throws {
    let index = try ContextualIndex(contentsOf: path)
    var chosen: [Int]?
    if let layers {
      let deepest = index.layers.last ?? 0
      chosen = try layers.layers(blockCount: deepest, hasConnector: false).map { layer in
        guard case .residual(let number) = layer, index.layers.contains(number) else {
          throw HostError(
            "\(path): has no layer \(layer.name); it has \(index.layers.map(String.init).joined(separator: ", "))"
          )
        }
        return number
      }
    }
    lens = LatentLens(index, layers: chosen, compute: compute)
  }

  /// The neighbours of each row of a tensor, as JSON.
  public func neighbors(ofTensor name: String?, in path: String, topK: Int) throws -> JSONValue {
    let file = try SafetensorsFile(contentsOf: path)
    let tensor = try Self.tensor(name, of: file)
    let width = lens.index.description.hiddenSize
    guard (1...2).contains(tensor.shape.count), tensor.shape.last == width else {
      throw HostError(
        "\(path): `\(tensor.name)` has the shape \(tensor.shape); this index needs [rows, \(width)]"
      )
    }
    let queries = Matrix(
      rows: tensor.count / width, columns: width, values: tensor.floats())
    let found = lens.neighbors(of: queries, topK: topK)
    return ["neighbors": .array(found.map { .array($0.map(json)) })]
  }

  private func json(_ neighbor: Neighbor) -> JSONValue {
    guard let origin = neighbor.origin else { preconditionFailure("an index gives origins") }
    let entries = lens.index.entries
    return [
      "contextual_layer": .integer(Int64(origin.layer)), "row": .integer(Int64(origin.row)),
      "similarity": .number(Double(neighbor.score)), "token_id": .integer(Int64(neighbor.tokenID)),
      "position": .integer(Int64(entries.positions[origin.row])),
      "sentence": .string(entries.sentences[entries.sentenceIDs[origin.row]]),
    ]
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
  public var summary: String {
    let bytes = description.files.reduce(0) { $0 + $1.bytes }
    return """
      \(path)
        model     \(description.modelName) (\(description.modelFingerprint))
        rows      \(rows) of width \(description.hiddenSize), \(description.elementType.indexName)
        layers    \(layers.map(String.init).joined(separator: ", "))
        sentences \(entries.sentences.count)
        rules     from position \(description.rules.firstPosition), at most \
      \(description.rules.maxContexts) contexts per token
        size      \(Plan.size(bytes))
      """
  }
}
