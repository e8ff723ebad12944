internal import Foundation
internal import LatentLensFormats
internal import LatentLensKernels
public import LatentLensTensors

/// Writes an index layer by layer as states come in, and gives it its name when it is whole.
///
/// Everything is written into a folder beside the final one, which is renamed at the end: an
/// interruption never leaves a half index under its final name.
public final class IndexWriter {
  private let path: String
  private let partialPath: String
  private let description: IndexDescription
  private let layers: [Int: LayerWriter]
  private var finished = false

  private final class LayerWriter {
    let file: SafetensorsWriter
    var scales: [Float] = []

    init(_ file: SafetensorsWriter) { self.file = file }
  }

  /// Prepares the files of an index whose rows are known; `description.files` is ignored.
  public init(path: String, description: IndexDescription) throws {
    self.path = path
    self.description = description
    partialPath = "\(path).partial-\(ProcessInfo.processInfo.processIdentifier)"
    guard !FileManager.default.fileExists(atPath: path) else {
      throw IndexError("\(path): exists already; choose another folder or remove it first")
    }
    do {
      try FileManager.default.createDirectory(
        atPath: partialPath, withIntermediateDirectories: true)
    } catch {
      throw IndexError("\(path): cannot be created; check that the folder above it can be written")
    }
    var layers: [Int: LayerWriter] = [:]
    for layer in description.layers {
      var tensors: [SafetensorsWriter.Declaration] = [
        .init("embeddings", description.elementType, [description.rows, description.hiddenSize])
      ]
      if description.elementType == .i8 {
        tensors.append(.init("scales", .f32, [description.rows]))
      }
      layers[layer] = LayerWriter(
        try SafetensorsWriter(
          path: "\(partialPath)/\(IndexDescription.fileName(ofLayer: layer))", tensors: tensors))
    }
    self.layers = layers
  }

  deinit {
    if !finished { try? FileManager.default.removeItem(atPath: partialPath) }
  }

  /// Appends the next rows of a layer: any states, which are made unit here.
  public func append(_ states: borrowing Matrix, toLayer layer: Int) throws {
    guard let writer = layers[layer] else {
      preconditionFailure("layer \(layer) is not in this index")
    }
    let encoded = states.normalizedRows().encoded(as: description.elementType)
    try writer.file.write(encoded.bytes)
    if description.elementType == .i8 { writer.scales += encoded.scales }
  }

  /// Completes all files, writes `index.json`, and gives the folder its final name.
  public func finish(entries: IndexEntries) throws {
    precondition(entries.count == description.rows, "entries and rows of an index differ")
    for layer in layers.values {
      if !layer.scales.isEmpty { try layer.file.write(layer.scales) }
      try layer.file.finish()
    }
    try entries.write(to: "\(partialPath)/\(IndexEntries.fileName)")
    let names =
      description.layers.map(IndexDescription.fileName(ofLayer:)) + [IndexEntries.fileName]
    let records = try names.map { name in
      let file = "\(partialPath)/\(name)"
      let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int
      return IndexDescription.FileRecord(
        name: name, bytes: size ?? 0, sha256: try SHA256.digest(ofFile: file))
    }
    let file = try AtomicFile(path: "\(partialPath)/\(IndexDescription.fileName)")
    try file.write(description.with(files: records).json.text(indented: true) + "\n")
    try file.commit()
    try FileManager.default.moveItem(atPath: partialPath, toPath: path)
    finished = true
  }
}
