internal import Foundation
internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensKernels
package import LatentLensTensors

/// Writes an index layer by layer as states come in, and gives it its name when it is whole.
///
/// Everything is written into a folder beside the final one, which is renamed at the end: an
/// interruption never leaves a half index under its final name.
package final class IndexWriter {
  private let path: String
  private let folder: OutputFolder
  private let description: IndexDescription
  private let layers: [Int: LayerWriter]
  private var isFinished = false

  private final class LayerWriter {
    let file: SafetensorsWriter
    var scales: [Float] = []

    init(_ file: SafetensorsWriter) { self.file = file }
  }

  /// Prepares the files of an index whose rows are known; `description.files` is ignored.
  package init(path: String, description: IndexDescription) throws {
    self.path = path
    self.description = description
    guard PathKind(of: path) == nil else { throw Self.taken(path) }
    do throws(FileError) {
      folder = try OutputFolder("\(path).partial-\(ProcessInfo.processInfo.processIdentifier)")
    } catch {
      throw FileError(path: path, reason: error.reason)
    }
    do {
      layers = try Self.layers(of: description, in: folder.path)
    } catch {
      folder.discard()
      throw error
    }
  }

  private static func layers(
    of description: IndexDescription, in folder: String
  ) throws(FileError) -> [Int: LayerWriter] {
    let type = description.identity.elementType
    var tensors: [SafetensorsWriter.Declaration] = [
      .init("embeddings", type, [description.rows, description.hiddenSize])
    ]
    if type == .i8 { tensors.append(.init("scales", .f32, [description.rows])) }
    var layers: [Int: LayerWriter] = [:]
    for layer in description.identity.layers {
      let path = "\(folder)/\(IndexDescription.fileName(ofLayer: layer))"
      layers[layer] = LayerWriter(try SafetensorsWriter(path: path, tensors: tensors))
    }
    return layers
  }

  deinit {
    guard !isFinished else { return }
    // What is in the folder was written here, to be thrown away with it.
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] {
      try? FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
    }
    folder.discard()
  }

  private static func taken(_ path: String) -> IndexError {
    IndexError("\(path): exists already; choose another folder or remove it first")
  }

  /// Appends the next rows of a layer of the index: any states, which are made unit here.
  ///
  /// - Throws: `IndexError` where a state has a NaN or an infinity, `FileError` where it cannot be written.
  package func append(_ states: borrowing Matrix, toLayer layer: Int) throws {
    guard let writer = layers[layer] else {
      preconditionFailure("layer \(layer) is not in this index")
    }
    guard states.rowNorms().allSatisfy(\.isFinite) else {
      throw IndexError(
        "\(path): a state of layer \(layer) has a NaN or an infinity; the decoder's weights are "
          + "damaged, or its arithmetic overflows")
    }
    let type = description.identity.elementType
    let encoded = states.normalizedRows().encoded(as: type)
    try writer.file.write(encoded.bytes)
    if type == .i8 { writer.scales += encoded.scales }
  }

  /// Completes all files, writes `index.json`, and gives the folder its final name.
  package func finish(entries: IndexEntries) throws {
    precondition(entries.count == description.rows, "entries and rows of an index differ")
    for layer in layers.values {
      if !layer.scales.isEmpty { try layer.file.write(layer.scales) }
      try layer.file.finish()
    }
    // Of the rows as they are stored, since these are what is searched.
    var common: [Int: CommonPart] = [:]
    for layer in description.identity.layers {
      common[layer] = CommonPart(
        of: try ContextualIndex.openRows(ofLayer: layer, of: description, in: folder.path),
        directions: Lens.topDirections)
    }
    try CommonPartsFile.write(common, to: "\(folder.path)/\(CommonPartsFile.fileName)")
    try entries.write(to: "\(folder.path)/\(IndexEntries.fileName)")
    let names =
      description.identity.layers.map(IndexDescription.fileName(ofLayer:))
      + [IndexEntries.fileName, CommonPartsFile.fileName]
    let records = try names.map { name in
      let file = "\(folder.path)/\(name)"
      let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int
      return IndexDescription.FileRecord(
        name: name, bytes: size ?? 0, sha256: try SHA256.digest(ofFile: file))
    }
    let file = try AtomicFile(path: "\(folder.path)/\(IndexDescription.fileName)")
    try file.write(description.with(files: records).json.text(indented: true) + "\n")
    try file.commit()
    do {
      try FileManager.default.moveItem(atPath: folder.path, toPath: path)
    } catch {
      throw Self.taken(path)
    }
    isFinished = true
  }
}
