internal import LatentLensComponents
internal import LatentLensFormats
package import LatentLensKernels
package import LatentLensLenses
package import LatentLensModels
package import LatentLensRanks
internal import LatentLensSession
internal import LatentLensTensors
internal import LatentLensTokenization

/// Searching an index with vectors that come from a file, or with the states of texts.
package struct IndexSearch: Sendable {
  let index: ContextualIndex
  /// The model whose states the index holds; nil where nobody named it.
  private let model: Model?
  private let tokenizer: Tokenizer?
  let layers: [Int]
  let compute: Compute
  /// Who searches together: each a part of the rows.
  private let ranks: Ranks

  /// - Parameters:
  ///   - model: the one that the index was built with. Without it no text can be looked for, and neighbours
  ///     have neither token nor word, since an index holds no tokenizer.
  ///   - layers: the contextual layers to search. Negative numbers count from the index' deepest layer.
  package init(
    index path: String, model: Model?, layers selection: LayerSelection, compute: Compute,
    ranks: Ranks = .alone
  ) throws {
    index = try model?.openIndex(path) ?? ContextualIndex(contentsOf: path)
    try index.requireWhole()
    self.model = model
    tokenizer = try model?.text().tokenizer.get()
    self.compute = compute
    self.ranks = ranks
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

  /// Writes the neighbours of each row of a tensor as JSON, piece by piece.
  ///
  /// - Parameters:
  ///   - exhaustive: compares every row with every query one by one in 64-bit floats, which is slow and finds
  ///     the same rows.
  ///   - write: takes the text in lines; of several processes on the first alone.
  /// - Throws: where the queries are no numbers or do not fit, and where the index' rows are none.
  package func neighbors(
    ofTensor name: String?, in path: String, topK: Int, exhaustive: Bool = false,
    write: @escaping (String) throws -> Void
  ) throws {
    let queries = try queries(name, in: path)
    var lines = Lines(ranks.isFirst ? write : { _ in })
    try lines.begin(#"{"neighbors":["#)
    try self.write(&lines, neighborsOf: queries, topK, exhaustive)
    try lines.end("]}")
  }

  /// The vectors of a file.
  func queries(_ name: String?, in path: String) throws -> Matrix {
    let file = try SafetensorsFile(contentsOf: path)
    let tensor = try Self.tensor(name, of: file)
    let width = index.description.hiddenSize
    guard (1...2).contains(tensor.shape.count), tensor.shape.last == width else {
      throw HostError(
        "\(path): `\(tensor.name)` has the shape \(tensor.shape); this index needs [rows, \(width)]"
      )
    }
    let values = tensor.floats()
    if let place = values.firstIndex(where: { !$0.isFinite }) {
      throw HostError(
        "\(path): `\(tensor.name)` has a NaN or an infinity in row \(place / width), which is near to "
          + "nothing")
    }
    return Matrix(rows: tensor.count / width, columns: width, values: values)
  }

  /// Writes the neighbours of every token of some texts as JSON, piece by piece: `queries` tells the tokens,
  /// text by text and layer by layer, and `neighbors` what is near to each.
  ///
  /// - Parameters:
  ///   - selection: the layers of the texts' states.
  ///   - write: takes the text in lines; of several processes on the first alone.
  /// - Throws: `HostError` without a model, for a layer that is not there, and for a text that the model
  ///   cannot read.
  package func neighbors(
    ofTexts texts: [String], at selection: LayerSelection, topK: Int, exhaustive: Bool = false,
    write: @escaping (String) throws -> Void
  ) throws {
    guard let model, let tokenizer else {
      throw HostError("a text needs the model that the index was built with, which reads it")
    }
    let blockCount = try model.text().decoder.blockCount
    let stages = try HostError.naming(model.identity.source) { () throws(HostError) in
      try selection.stages(blockCount: blockCount, hasConnector: false)
    }
    let passes = try texts.map {
      let text = TokenizedText($0, tokenizer: tokenizer)
      return (text, try ForwardPass(model, text: text))
    }
    var lines = Lines(ranks.isFirst ? write : { _ in })
    try lines.begin(#"{"queries":["#)
    for (text, _) in passes {
      for stage in stages {
        for position in text.ids.indices {
          let token = TextToken(position, of: text, tokenizer: tokenizer)
          try lines.add([
            "text": .string(text.text), "layer": stage.layerJSON,
            "position": .integer(Int64(position)), "token": .string(token.text),
            "token_id": .integer(Int64(token.id)),
          ])
        }
      }
    }
    try lines.begin(#"],"neighbors":["#)
    for (text, pass) in passes {
      let positions = Array(text.ids.indices)
      let batch = pass.record(stages, rows: positions)
      try batch.requireFinite(rows: positions, in: model.identity.source)
      try self.write(&lines, neighborsOf: batch.states, topK, exhaustive)
    }
    try lines.end("]}")
  }

  /// The neighbours of each query; of several processes the first alone gets them, and others none.
  private func neighbors(
    of queries: borrowing Matrix, _ topK: Int, _ exhaustive: Bool
  ) throws -> [[Neighbor]] {
    let part = IndexPart(ranks)
    let own =
      exhaustive
      ? index.plainNeighbors(of: queries, in: layers, part: part, topK: topK)
      : index.neighbors(of: queries, in: layers, part: part, topK: topK, compute: compute)
    guard part != nil else { return own }
    let parts = try ranks.gather(NeighborColumns(own)) ?? []
    return ContextualIndex.merged(parts.map(\.lists), topK: topK)
  }

  /// The most neighbours that are held at once.
  private static let heldNeighbors = 1 << 16

  /// More neighbours than all rows that there are cannot be asked for.
  func bounded(_ topK: Int) -> Int { min(topK, max(1, index.rows * layers.count)) }

  /// How many queries are searched for at once.
  func step(_ topK: Int) -> Int { max(1, Self.heldNeighbors / topK) }

  /// Writes the neighbours of each query, some queries at a time, so that no answer is too large for memory.
  private func write(
    _ lines: inout Lines, neighborsOf queries: borrowing Matrix, _ topK: Int, _ exhaustive: Bool
  ) throws {
    let topK = bounded(topK)
    var table = tokenizer.map { NeighborTable(tokenizer: $0, index: index.entries) }
    let step = step(topK)
    for first in stride(from: 0, to: queries.rows, by: step) {
      let some = queries.rows(first..<min(first + step, queries.rows))
      let found = try neighbors(of: some, topK, exhaustive)
      for neighbors in found {
        guard neighbors.count == topK || index.rows == 0, neighbors.allSatisfy(\.score.isFinite)
        else {
          throw HostError(
            "\(index.path): has rows that are no numbers; see which with `index verify`, and build it "
              + "again")
        }
        try lines.add(.array(neighbors.compactMap { json($0, table?.entry(of: $0)) }))
      }
    }
  }

  /// A list of JSON values, written one a line.
  private struct Lines {
    private let write: (String) throws -> Void
    private var pending: JSONValue?

    init(_ write: @escaping (String) throws -> Void) { self.write = write }

    mutating func begin(_ text: String) throws {
      if let last = pending { try write(last.text()) }
      pending = nil
      try write(text)
    }

    mutating func add(_ value: JSONValue) throws {
      // A comma follows where another value does.
      if let last = pending { try write(last.text() + ",") }
      pending = value
    }

    mutating func end(_ text: String) throws { try begin(text) }
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
