internal import Foundation
internal import LatentLensFormats
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
  /// - Parameter tokenizer: the decoder's, which says what tokens are called.
  /// - Throws: `FileError` where the folder cannot be made or written, or is there already.
  package func export(
    to path: String, as format: ExportFormat, tokenizer: Tokenizer,
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws {
    try requireWhole()
    guard PathKind(of: path) == nil else {
      throw FileError(
        path: path, reason: "exists already; choose another folder or remove it first")
    }
    // Written beside its name, so that an export that fails leaves nothing under it.
    let partial = "\(path).partial-\(UUID().uuidString.prefix(8))"
    let folder = try OutputFolder(partial)
    do {
      switch format {
      case .package: try writePackage(to: partial, tokenizer, progress)
      case .npy: try writeArrays(to: partial, tokenizer, progress)
      }
      try FileManager.default.moveItem(atPath: partial, toPath: path)
    } catch {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: partial)) ?? [] {
        try? FileManager.default.removeItem(atPath: "\(partial)/\(name)")
      }
      folder.discard()
      throw error
    }
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
    try Self.write(
      JSONValue.object(
        JSONObject([
          ("layers", .array(layers.map { .integer(Int64($0)) })),
          ("hidden_dim", .integer(Int64(description.hiddenSize))),
        ])
      ).text(indented: true) + "\n", to: "\(folder)/metadata.json")
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
