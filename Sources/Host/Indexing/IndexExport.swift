internal import Foundation
package import LatentLensFormats
package import LatentLensLenses
internal import LatentLensTensors
package import LatentLensTokenization

/// What other programs read an index as.
package enum ExportFormat: String, Sendable, CaseIterable {
  /// What `ContextualIndex.from_directory` of the method's own package loads.
  case package
  /// A NumPy array for each layer, as FAISS takes them, and what the rows are as JSON lines.
  case npy
}

extension ContextualIndex {
  /// Writes the index as other programs read it.
  ///
  /// Rows of bf16 and i8 are written as 32-bit floats where the other side has no such type.
  /// - Parameters:
  ///   - tokenizer: the decoder's, which says what tokens are called.
  ///   - policy: whether another export that stands there may be replaced.
  /// - Throws: `FileError` where the folder cannot be made or written, or may not be replaced.
  package func export(
    to path: String, as format: ExportFormat, tokenizer: Tokenizer,
    policy: OutputPolicy = OutputPolicy(),
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws {
    try requireWhole()
    try policy.reading([self.path]).admit(.folder, at: path) {
      ExportMark.isAlone(in: path) ? .program : .somebodyElse
    }
    let isThere = PathKind(of: path) != nil
    let above = try OutputFolder(
      URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent().path)
    do {
      // Written beside its name, so that an export that fails leaves nothing under it.
      let partial = try Partial(.folder, for: path)
      switch format {
      case .package: try writePackage(to: partial.path, tokenizer, progress)
      case .npy: try writeArrays(to: partial.path, tokenizer, progress)
      }
      try writeMetadata(to: partial.path)
      try partial.place(at: path, exchanging: isThere)
    } catch {
      above.discard()
      throw error
    }
  }

  /// What the package says of its own indices, and that this one was exported here.
  private func writeMetadata(to folder: String) throws(FileError) {
    let metadata = JSONObject([
      ("layers", .array(layers.map { .integer(Int64($0)) })),
      ("hidden_dim", .integer(Int64(description.hiddenSize))),
      (ExportMark.key, .string(ExportMark.maker)),
    ])
    try Self.write(
      JSONValue.object(metadata).text(indented: true) + "\n",
      to: "\(folder)/\(ExportMark.fileName)")
  }

  private func writePackage(
    to folder: String, _ tokenizer: Tokenizer,
    _ progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws {
    let stored = description.identity.elementType
    let type = stored == .i8 ? .f32 : stored
    let names = Dictionary(
      uniqueKeysWithValues: Set(entries.tokenIDs).map { ($0, tokenizer.decode([$0])) })
    let writer = TorchCacheWriter(
      type, shape: [rows, description.hiddenSize],
      records: (0..<rows).lazy.map { [entries] row in
        let id = entries.tokenIDs[row]
        return .init(
          token: names[id] ?? "", tokenID: id, sentence: entries.sentenceIDs[row],
          position: entries.positions[row])
      }, sentences: entries.sentences)
    for (number, layer) in layers.enumerated() {
      let part = "\(folder)/layer_\(layer)"
      try FileManager.default.createDirectory(atPath: part, withIntermediateDirectories: true)
      try writer.write(to: "\(part)/embeddings_cache.pt") { write in
        try pieces(of: layer, as: type) { bytes, done in
          try write(bytes)
          try progress(number * rows + done, layers.count * rows)
        }
      }
    }
  }

  private func writeArrays(
    to folder: String, _ tokenizer: Tokenizer,
    _ progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws {
    let stored = description.identity.elementType
    let type: Encoding = stored == .f16 ? .f16 : .f32
    for (number, layer) in layers.enumerated() {
      let file = try AtomicFile(path: "\(folder)/layer-\(layer < 10 ? "0" : "")\(layer).npy")
      try file.write(
        NumPy.header(type == .f16 ? "<f2" : "<f4", shape: [rows, description.hiddenSize]))
      try pieces(of: layer, as: type) { bytes, done in
        try file.write(numbers: bytes)
        try progress(number * rows + done, layers.count * rows)
      }
      try file.commit()
    }
    let file = try AtomicFile(path: "\(folder)/rows.jsonl")
    for row in 0..<rows {
      let line: JSONValue = [
        "token": .string(tokenizer.decode([entries.tokenIDs[row]])),
        "token_id": .integer(Int64(entries.tokenIDs[row])),
        "position": .integer(Int64(entries.positions[row])),
        "sentence": .string(entries.sentences[entries.sentenceIDs[row]]),
      ]
      try file.write(line.text() + "\n")
    }
    try file.commit()
  }

  /// Lends the rows of a layer, some at a time, as bytes of another type.
  private func pieces(
    of layer: Int, as type: Encoding, _ body: (_ bytes: [UInt8], _ done: Int) throws -> Void
  ) throws {
    guard let stored = embeddings(ofLayer: layer) else { return }
    for first in stride(from: 0, to: rows, by: IndexWriter.passedRows) {
      let slice = stored.rows(first..<min(first + IndexWriter.passedRows, rows))
      let end = first + slice.shape[0]
      guard stored.encoding != type else {
        try body(slice.bytes(0..<slice.byteCount), end)
        continue
      }
      let states = Matrix(
        rows: slice.shape[0], columns: description.hiddenSize, values: slice.floats())
      try body(states.encoded(as: type).bytes, end)
    }
  }

  private static func write(_ text: String, to path: String) throws(FileError) {
    let file = try AtomicFile(path: path)
    try file.write(text)
    try file.commit()
  }
}

/// What tells that a folder was exported here: a member of its `metadata.json`, which the package passes over.
private enum ExportMark {
  static let fileName = "metadata.json"
  static let key = "made_by"
  static let maker = "latentlens index export"

  /// Whether a folder was exported here, and holds nothing else.
  static func isAlone(in folder: String) -> Bool {
    guard let found = try? JSONNode(contentsOf: "\(folder)/\(fileName)")[key]?.string(),
      let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
    else { return false }
    return found == maker
      && names.allSatisfy {
        $0 == fileName || $0 == "rows.jsonl" || $0.hasPrefix("layer_") || $0.hasPrefix("layer-")
      }
  }
}

/// NumPy's own format, version 1.0 (NEP 1).
private enum NumPy {
  static func header(_ type: String, shape: [Int]) -> [UInt8] {
    let sides = shape.map(String.init).joined(separator: ", ")
    var text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sides)), }"
    text += String(repeating: " ", count: (64 - (10 + text.utf8.count + 1) % 64) % 64) + "\n"
    let length = text.utf8.count
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 255), UInt8(length >> 8)]
      + Array(text.utf8)
  }
}
