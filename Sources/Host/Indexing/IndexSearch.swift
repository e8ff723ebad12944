internal import LatentLensComponents
package import LatentLensFormats
package import LatentLensKernels
package import LatentLensLenses
package import LatentLensModels
internal import LatentLensSession
internal import LatentLensTensors
internal import LatentLensTokenization

/// Searching an index with vectors that come from a file, or with the states of texts.
package struct IndexSearch: Sendable {
  private let index: ContextualIndex
  /// The model whose states the index holds; nil where nobody named it.
  private let model: Model?
  private let tokenizer: Tokenizer?
  private let layers: [Int]
  private let compute: Compute

  /// - Parameters:
  ///   - model: the one that the index was built with. Without it no text can be looked for, and neighbours
  ///     have neither token nor word, since an index holds no tokenizer.
  ///   - layers: the contextual layers to search. Negative numbers count from the index' deepest layer.
  package init(
    index path: String, model: Model?, layers selection: LayerSelection, compute: Compute
  ) throws {
    index = try model?.openIndex(path) ?? ContextualIndex(contentsOf: path)
    try index.requireWhole()
    self.model = model
    tokenizer = try model?.text().tokenizer.get()
    self.compute = compute
    guard selection != .all else {
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
    return ["neighbors": .array(json(neighbors(of: queries, topK, exhaustive)))]
  }

  /// The neighbours of every token of some texts, as JSON: `queries` tells the tokens, text by text and layer
  /// by layer, and `neighbors` what is near to each.
  ///
  /// - Parameter selection: the layers of the texts' states.
  /// - Throws: `HostError` without a model, for a layer that is not there, and for a text that the model
  ///   cannot read.
  package func neighbors(
    ofTexts texts: [String], at selection: LayerSelection, topK: Int, exhaustive: Bool = false
  ) throws -> JSONValue {
    guard let model, let tokenizer else {
      throw HostError("a text needs the model that the index was built with, which reads it")
    }
    let stages = try selection.stages(
      blockCount: model.text().decoder.blockCount, hasConnector: false)
    let passes = try texts.map {
      let text = TokenizedText($0, tokenizer: tokenizer)
      return (text, try ForwardPass(model, text: text))
    }
    var queries: [JSONValue] = []
    var found: [JSONValue] = []
    for (text, pass) in passes {
      let positions = Array(text.ids.indices)
      let batch = pass.record(stages, rows: positions)
      try batch.requireFinite(rows: positions)
      for stage in stages {
        queries += positions.map { position in
          let token = TextToken(position, of: text, tokenizer: tokenizer)
          return [
            "text": .string(text.text), "layer": stage.layerJSON,
            "position": .integer(Int64(position)), "token": .string(token.text),
            "token_id": .integer(Int64(token.id)),
          ]
        }
      }
      found += json(neighbors(of: batch.states, topK, exhaustive))
    }
    return ["queries": .array(queries), "neighbors": .array(found)]
  }

  private func neighbors(
    of queries: borrowing Matrix, _ topK: Int, _ exhaustive: Bool
  ) -> [[Neighbor]] {
    exhaustive
      ? index.plainNeighbors(of: queries, in: layers, topK: topK)
      : index.neighbors(of: queries, in: layers, topK: topK, compute: compute)
  }

  /// The neighbours of each query.
  private func json(_ found: [[Neighbor]]) -> [JSONValue] {
    var table = tokenizer.map { NeighborTable(tokenizer: $0, index: index.entries) }
    return found.map { neighbors in
      .array(neighbors.compactMap { json($0, table?.entry(of: $0)) })
    }
  }

  private func json(_ neighbor: Neighbor, _ entry: NeighborTable.Entry?) -> JSONValue? {
    neighbor.origin.map { origin in
      let entries = index.entries
      return [
        "contextual_layer": .integer(Int64(origin.layer)), "row": .integer(Int64(origin.row)),
        "similarity": .number(Double(neighbor.score)),
        "token": entry.map { .string($0.token) } ?? .null,
        "token_id": .integer(Int64(neighbor.tokenID)),
        "word": entry.map { .string($0.word) } ?? .null,
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
        part      \(description.part?.description ?? "the whole")
        sentences \(entries.sentences.count)
        rules     \(rules.summary)
        size      \(byteText(description.files.reduce(0) { $0 + $1.bytes }))
      """
  }
}

extension IndexIdentity.BuildRules {
  fileprivate var summary: String {
    switch keep {
    case .first: "from position \(firstPosition), at most \(maxContexts) contexts per token"
    case .matched:
      "matched: the last token of each word from word \(firstPosition) on, at most \(maxContexts) "
        + "contexts per word"
    }
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
