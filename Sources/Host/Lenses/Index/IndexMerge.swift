package import LatentLensFormats
package import LatentLensKernels
internal import LatentLensTensors

/// Joins the parts of an index, which may come from several machines.
///
/// Which rows there are was decided for the whole index by each part, and states do not depend on how the work
/// was divided: what comes out are the bytes of a single build.
package struct IndexMerge {
  private let parts: [ContextualIndex]

  /// Opens the parts, in any order.
  ///
  /// - Throws: `IndexError` where one cannot be opened, is whole, is there twice or belongs to another index, or
  ///   where one is missing.
  package init(_ paths: [String]) throws(IndexError) {
    var parts: [ContextualIndex] = []
    for path in paths { parts.append(try ContextualIndex(contentsOf: path)) }
    guard let first = parts.first else { throw IndexError("there are no parts to join") }
    var seen: [IndexPart: String] = [:]
    for index in parts {
      guard let part = index.description.part, index.entries.rowNumbers != nil else {
        throw IndexError("\(index.path): is no part of an index, but whole")
      }
      guard index.description.identity == first.description.identity,
        part.count == first.description.part?.count,
        index.entries.sentences.count == first.entries.sentences.count
      else {
        throw IndexError(
          "\(index.path): belongs to another index than \(first.path); compare both with `index info`"
        )
      }
      if let other = seen.updateValue(index.path, forKey: part) {
        throw IndexError("\(index.path): is part \(part), as \(other) is")
      }
    }
    for number in 1...(first.description.part?.count ?? 1) {
      if let part = IndexPart(number, of: first.description.part?.count ?? 1), seen[part] == nil {
        throw IndexError("part \(part) is missing; build it with `index build --shard \(part)`")
      }
    }
    self.parts = parts
    let numbers = parts.flatMap { $0.entries.rowNumbers ?? [] }.sorted()
    guard numbers == Array(numbers.indices) else {
      throw IndexError(
        "\(first.path): does not go together with the other parts row by row; build them again")
    }
  }

  /// The rows of each layer.
  package var rows: Int { parts.reduce(0) { $0 + $1.rows } }

  /// Writes the whole index.
  ///
  /// - Parameter policy: whether another index that stands there may be replaced.
  /// - Throws: `IndexError` where the path is taken, `FileError` where it cannot be written.
  @discardableResult
  package func run(
    to path: String, policy: OutputPolicy = OutputPolicy(), compute: Compute = Compute()
  ) throws -> IndexWriter.Outcome {
    let whole = description
    if IndexWriter.isThere(whole, at: path, steps: "merge") { return .wasThere }
    let writer = try IndexWriter(
      path: path, description: whole, steps: "merge", policy: policy.reading(parts.map(\.path)))
    try run(with: writer, compute)
    return .made
  }

  /// Writes the whole index with a writer that was made for it.
  package func run(with writer: IndexWriter, _ compute: Compute) throws {
    for part in parts {
      for layer in part.layers { try copy(layer, of: part, to: writer) }
    }
    try writer.finish(entries: entries, compute: compute)
  }

  private var description: IndexDescription {
    let first = parts[0].description
    return IndexDescription(
      modelName: first.modelName, identity: first.identity, hiddenSize: first.hiddenSize,
      rows: rows)
  }

  private func copy(_ layer: Int, of part: ContextualIndex, to writer: IndexWriter) throws {
    guard let rows = part.embeddings(ofLayer: layer), let numbers = part.entries.rowNumbers else {
      return
    }
    let stride = rows.byteCount / max(part.rows, 1)
    let scales = try part.scales(ofLayer: layer)
    for run in Self.runs(numbers) {
      try writer.write(
        rows.bytes(run.lowerBound * stride..<run.upperBound * stride),
        scales: scales.map { Array($0[run]) } ?? [],
        to: [numbers[run.lowerBound]..<numbers[run.lowerBound] + run.count], ofLayer: layer)
    }
  }

  /// Where numbers follow each other: ranges of their places, none longer than is good to hold in memory.
  private static func runs(_ numbers: [Int]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var first = 0
    for place in numbers.indices.dropFirst()
    where numbers[place] != numbers[place - 1] + 1 || place - first == 4096 {
      runs.append(first..<place)
      first = place
    }
    if first < numbers.count { runs.append(first..<numbers.count) }
    return runs
  }

  private var entries: IndexEntries {
    var tokenIDs = [Int](repeating: 0, count: rows)
    var positions = tokenIDs
    var sentenceIDs = tokenIDs
    for entries in parts.map(\.entries) {
      for (place, row) in (entries.rowNumbers ?? []).enumerated() {
        tokenIDs[row] = entries.tokenIDs[place]
        positions[row] = entries.positions[place]
        sentenceIDs[row] = entries.sentenceIDs[place]
      }
    }
    return IndexEntries(
      tokenIDs: tokenIDs, positions: positions, sentenceIDs: sentenceIDs,
      sentences: parts[0].entries.sentences)
  }
}
