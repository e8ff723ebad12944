internal import Foundation
internal import LatentLensComponents
package import LatentLensFormats
internal import LatentLensKernels
package import LatentLensLenses
package import LatentLensModels
internal import LatentLensSession
package import LatentLensTensors

/// Reading an index that the method's own package has made: a folder with `layer_N/embeddings_cache.pt` for each
/// contextual layer.
///
/// Nothing in such a file says which decoder made it. It is compared with one: some of its own sentences are
/// encoded again, and have to give its rows.
package struct IndexImport {
  private let caches: [(layer: Int, path: String)]
  private let text: TextHalf
  private let model: Model
  private let elementType: Encoding
  private let hiddenSize: Int
  /// The rows of the first layer; what they are is in the entries.
  private let first: Weight
  package let entries: IndexEntries

  /// How many rows are compared with the model's own states, and how near they have to be: the package computes
  /// and stores in 16 bits at times.
  private static let compared = 16
  private static let leastCosine: Float = 0.98

  /// Finds the caches, and reads what their rows are.
  ///
  /// - Parameter elementType: how rows are to be stored; nil stores them as they are.
  /// - Throws: `IndexError` where there are none, or the first cannot be one of this decoder's; `TorchError` for
  ///   a file that cannot be read.
  package init(_ folder: String, model: Model, elementType: Encoding? = nil) throws {
    let text = try model.text()
    self.text = text
    self.model = model
    caches = try Self.caches(in: folder, blockCount: text.decoder.blockCount)
    let cache = try Cache(caches[0].path)
    self.elementType = elementType ?? cache.rows.encoding
    hiddenSize = text.decoder.hiddenSize
    guard cache.rows.shape[1] == hiddenSize else {
      throw IndexError(
        "\(caches[0].path): has states of width \(cache.rows.shape[1]), but \(model.identity.name) has "
          + "\(hiddenSize); import it with the model that made it")
    }
    first = cache.rows
    entries = try cache.entries()
  }

  private static func caches(
    in folder: String, blockCount: Int
  ) throws(IndexError) -> [(layer: Int, path: String)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let found = names.compactMap { name -> (layer: Int, path: String)? in
      let path = "\(folder)/\(name)/embeddings_cache.pt"
      guard name.hasPrefix("layer_"), let layer = Int(name.dropFirst(6)),
        PathKind(of: path) == .file
      else { return nil }
      return (layer, path)
    }.sorted { $0.layer < $1.layer }
    guard !found.isEmpty else {
      throw IndexError(
        "\(folder): has no layer_N/embeddings_cache.pt; name the folder that holds them")
    }
    for (layer, path) in found where !(0...blockCount).contains(layer) {
      throw IndexError("\(path): is of layer \(layer), but the decoder has \(blockCount) blocks")
    }
    for (one, other) in zip(found, found.dropFirst()) where one.layer == other.layer {
      throw IndexError("\(other.path): is of the same layer as \(one.path)")
    }
    return found
  }

  package var layers: [Int] { caches.map(\.layer) }

  /// Writes the index, layer by layer, without holding one in memory.
  ///
  /// - Parameter policy: whether another index that stands there may be replaced.
  /// - Returns: the least cosine between rows of the cache and the model's own states of the same tokens; nil
  ///   where the same index stands there already.
  /// - Throws: `IndexError` where the path is taken, layers have other rows than the first, or the model's states
  ///   are others; `FileError` where it cannot be written.
  package func run(
    to path: String, policy: OutputPolicy = OutputPolicy(),
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> Float? {
    let description = description
    if IndexWriter.isThere(description, at: path, steps: "import") { return nil }
    let samples = try samples()
    var least: Float = 1
    let writer = try IndexWriter(
      path: path, description: description, steps: "import", policy: policy)
    let total = caches.count * entries.count
    for (number, (layer, file)) in caches.enumerated() {
      let rows = try number == 0 ? first : Cache(file).rows(of: entries, width: hiddenSize)
      for (row, states) in samples {
        let own = Matrix(rows: 1, columns: hiddenSize, values: states[number])
        let cosine = scores(own, with: [row], of: rows, measure: .cosine)[0]
        guard cosine >= Self.leastCosine else {
          throw IndexError(
            "\(file): row \(row) has a cosine of \(cosine) with what \(model.identity.name) makes of the "
              + "same token at layer \(layer); another decoder made it")
        }
        least = min(least, cosine)
      }
      try writer.write(rows, ofLayer: layer) {
        try progress(number * entries.count + $0, total)
      }
    }
    try writer.finish(entries: entries, compute: model.identity.compute)
    return least
  }

  /// What can be told of an index whose making nobody saw: rules are those that its rows obey.
  private var description: IndexDescription {
    var contexts: [Int: Int] = [:]
    for token in entries.tokenIDs { contexts[token, default: 0] += 1 }
    let maker = text.indexMaker(with: model.identity.compute)
    return IndexDescription(
      modelName: model.identity.name,
      identity: IndexIdentity(
        maker: .init(
          weights: maker.weights, configuration: maker.configuration, tokenizer: maker.tokenizer,
          arithmetic: "imported"),
        corpus: SHA256.digest(of: entries.sentences.joined(separator: "\n")), layers: layers,
        elementType: elementType,
        rules: .init(
          firstPosition: entries.positions.min() ?? 0, maxContexts: contexts.values.max() ?? 0,
          maxTokens: (entries.positions.max() ?? 0) + 1)),
      hiddenSize: hiddenSize, rows: entries.count)
  }

  /// What the model itself makes of the tokens of some rows: for each a state at every layer.
  private func samples() throws -> [(row: Int, states: [[Float]])] {
    let probe = DecoderProbe(text, model.identity)
    return try stride(
      from: 0, to: entries.count, by: max(1, entries.count / Self.compared)
    ).map { row in
      let sentence = entries.sentences[entries.sentenceIDs[row]]
      let (ids, position) = (probe.tokenize(sentence), entries.positions[row])
      guard ids.indices.contains(position), ids[position] == entries.tokenIDs[row] else {
        throw IndexError(
          "\(caches[0].path): row \(row) is token \(entries.tokenIDs[row]) at position \(position) of "
            + "“\(sentence)”, where \(model.identity.name) has "
            + "\(ids.indices.contains(position) ? "token \(ids[position])" : "none"); another "
            + "tokenizer made it")
      }
      let batch = try probe.states(of: ids, at: layers.map(Stage.hidden))
      return (row, layers.indices.map { batch.states.row($0 * ids.count + position) })
    }
  }
}

/// One layer of an index, as the package has written it.
private struct Cache {
  private let document: TorchDocument
  /// `[rows, width]`, of any length.
  let rows: Weight

  init(_ path: String) throws {
    document = try TorchDocument(contentsOf: path)
    rows = try document.tensor("embeddings")
    guard rows.shape.count == 2, [.f32, .f16, .bf16].contains(rows.encoding), rows.count > 0 else {
      throw IndexError(
        "\(path): `embeddings` is \(rows.encoding) \(rows.shape), where rows of f32, f16 or bf16 are "
          + "expected")
    }
  }

  private func records() throws -> TorchRecords {
    let records = try document.records("metadata")
    guard records.count == rows.shape[0] else {
      throw IndexError(
        "\(document.path): has \(rows.shape[0]) rows, but says what \(records.count) are")
    }
    return records
  }

  /// What the rows are: sentences in the order in which they come first.
  func entries() throws -> IndexEntries {
    let records = try records()
    var (tokenIDs, positions, sentenceIDs) = ([Int](), [Int](), [Int]())
    var sentences: [String] = []
    // By their bytes: Swift's strings equal what Unicode calls equivalent.
    var known: [[UInt8]: Int] = [:]
    for record in 0..<records.count {
      let (token, position) = (
        try records.integer("token_id", of: record), try records.integer("position", of: record)
      )
      guard Int32(exactly: token) != nil, Int32(exactly: position) != nil, token >= 0, position >= 0
      else {
        throw IndexError(
          "\(document.path): metadata[\(record)] is token \(token) at position \(position)")
      }
      let sentence = try records.text("caption", of: record)
      let number = known[Array(sentence.utf8)] ?? sentences.count
      if number == sentences.count {
        known[Array(sentence.utf8)] = number
        sentences.append(sentence)
      }
      tokenIDs.append(token)
      positions.append(position)
      sentenceIDs.append(number)
    }
    return IndexEntries(
      tokenIDs: tokenIDs, positions: positions, sentenceIDs: sentenceIDs, sentences: sentences)
  }

  /// The rows, after it was made sure that they are of the same tokens as those of another layer.
  func rows(of entries: IndexEntries, width: Int) throws -> Weight {
    guard rows.shape == [entries.count, width] else {
      throw IndexError(
        "\(document.path): has \(rows.shape[0]) rows of width \(rows.shape[1]), where other layers have "
          + "\(entries.count) of \(width)")
    }
    let records = try records()
    for record in 0..<records.count {
      guard try records.integer("token_id", of: record) == entries.tokenIDs[record],
        try records.integer("position", of: record) == entries.positions[record],
        try records.text("caption", of: record).utf8.elementsEqual(
          entries.sentences[entries.sentenceIDs[record]].utf8)
      else {
        throw IndexError(
          "\(document.path): metadata[\(record)] is another token than in the other layers")
      }
    }
    return rows
  }
}

extension IndexWriter {
  /// How many rows are held in memory when they pass from one index to another.
  static let passedRows = 2048

  /// Writes all rows of a layer, made unit and stored as this index stores them.
  func write(
    _ rows: Weight, ofLayer layer: Int, progress: (_ done: Int) throws -> Void = { _ in }
  ) throws {
    let (count, width) = (rows.shape[0], rows.shape[1])
    for first in stride(from: 0, to: count, by: Self.passedRows) {
      let slice = first..<min(first + Self.passedRows, count)
      let states = Matrix(rows: slice.count, columns: width, values: rows.rows(slice).floats())
      try write(states, to: [slice], ofLayer: layer)
      try progress(slice.upperBound)
    }
  }
}
