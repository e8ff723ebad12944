internal import Foundation
package import LatentLensFormats
package import LatentLensKernels
package import LatentLensTensors
internal import Synchronization

/// Writes the rows of an index in any order, and gives it its name when it is whole.
///
/// Everything is written into a folder beside the final one: an interruption never leaves a half index under
/// its final name, and whoever starts the same again goes on from what was recorded as done.
package final class IndexWriter {
  private let path: String
  private let folder: BuildFolder
  private let description: IndexDescription
  private let layers: [Int: RowFile]
  /// Whether another index stands there that is to go.
  private let replaces: Bool

  /// How the making of an index ended.
  package enum Outcome: Sendable, Codable {
    case made
    /// The same index stood there already.
    case wasThere
  }

  /// Whether the same index stands at a path already; what somebody has left beside it that made it, and died,
  /// goes.
  package static func isThere(
    _ description: IndexDescription, at path: String, steps: String = ""
  ) -> Bool {
    let path = withoutSlash(path)
    guard let found = try? IndexDescription(contentsOf: "\(path)/\(IndexDescription.fileName)"),
      found.with(files: []) == description.with(files: [])
    else { return false }
    BuildFolder.sweep(after: path, work: work(description, steps))
    return true
  }

  /// Prepares the files of an index whose rows are known; `description.files` is ignored.
  ///
  /// - Parameters:
  ///   - steps: stands for how the work is divided, where it can be gone on with.
  ///   - policy: whether another index that stands there may be replaced.
  /// - Throws: `IndexError` where the path is taken, somebody builds the same now, or something else was begun
  ///   there; `FileError` where it cannot be written.
  package init(
    path: String, description: IndexDescription, steps: String = "",
    policy: OutputPolicy = OutputPolicy()
  ) throws {
    let path = Self.withoutSlash(path)
    self.path = path
    self.description = description
    do {
      try policy.admit(.folder, at: path) {
        IndexDescription.isAlone(in: path) ? .program : .somebodyElse
      }
    } catch {
      throw IndexError(error.description)
    }
    replaces = PathKind(of: path) != nil
    let folder = try BuildFolder(for: path, work: Self.work(description, steps))
    self.folder = folder
    var layers: [Int: RowFile] = [:]
    for layer in description.identity.layers {
      layers[layer] = try RowFile(
        path: "\(folder.index)/\(IndexDescription.fileName(ofLayer: layer))",
        type: description.identity.elementType,
        shape: [description.rows, description.hiddenSize])
    }
    self.layers = layers
  }

  /// Where a part of an index is built by one of several processes that work together: in a folder that goes when the
  /// index has its name.
  package static func path(ofPart part: IndexPart, of index: String) -> String {
    "\(BuildFolder.parts(of: withoutSlash(index)))/\(part.number)-of-\(part.count)"
  }

  /// A slash at the end would make the name of a folder within.
  private static func withoutSlash(_ path: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }

  /// What stands for all that decides what is written, and how.
  private static func work(_ description: IndexDescription, _ steps: String) -> String {
    SHA256.digest(of: [description.with(files: []).json.text(), steps].joined(separator: "\n"))
  }

  /// How many steps earlier builds have recorded as done.
  package var done: Int { folder.done }

  /// Makes sure that all that was written is on the disk, and notes how many steps of the work that is.
  package func record(done: Int) throws(FileError) {
    for layer in layers.values { try layer.synchronize() }
    try folder.record(done)
  }

  /// Writes rows of a layer of the index: any states, which are made unit here.
  ///
  /// - Parameters:
  ///   - states: `[places.count, hiddenSize]`, their rows in the order of the places.
  ///   - places: ranges of rows of the index.
  /// - Throws: `IndexError` where a state has a NaN or an infinity, `FileError` where it cannot be written.
  package func write(
    _ states: borrowing Matrix, to places: [Range<Int>], ofLayer layer: Int
  ) throws {
    guard states.rowNorms().allSatisfy(\.isFinite) else {
      throw IndexError(
        "\(path): a state of layer \(layer) has a NaN or an infinity; the decoder's weights are "
          + "damaged, or its arithmetic overflows")
    }
    let encoded = states.normalizedRows().encoded(as: description.identity.elementType)
    try write(encoded.bytes, scales: encoded.scales, to: places, ofLayer: layer)
  }

  /// Writes rows as they are stored.
  package func write(
    _ bytes: [UInt8], scales: [Float], to places: [Range<Int>], ofLayer layer: Int
  ) throws(FileError) {
    guard let file = layers[layer] else {
      preconditionFailure("layer \(layer) is not in this index")
    }
    var first = 0
    for place in places {
      try file.write(bytes, scales: scales, first..<first + place.count, to: place)
      first += place.count
    }
  }

  /// How many bytes may be taken at once to measure what rows have in common.
  private static let measuringRoom = 1 << 28

  /// Completes all files, writes `index.json`, and gives the folder its final name.
  ///
  /// - Parameter compute: how many threads may measure what the rows of layers have in common.
  package func finish(entries: IndexEntries, compute: Compute = Compute()) throws {
    precondition(entries.count == description.rows, "entries and rows of an index differ")
    for layer in layers.values { try layer.synchronize() }
    // Of the rows as they are stored, since these are what is searched.
    let stored = try description.identity.layers.map { [description, folder] layer in
      (layer, try ContextualIndex.openRows(ofLayer: layer, of: description, in: folder.index))
    }
    let common = Mutex<[Int: CommonPart]>([:])
    // Each layer takes some square of its width of memory.
    let square = 8 * description.hiddenSize * description.hiddenSize
    let threads = min(compute.threads, max(1, Self.measuringRoom / max(square, 1)))
    Compute(threads: threads).parallel(stored.count) { number in
      let (layer, rows) = stored[number]
      let part = CommonPart(of: rows, directions: Lens.topDirections)
      common.withLock { $0[layer] = part }
    }
    try CommonPartsFile.write(
      common.withLock { $0 }, to: "\(folder.index)/\(CommonPartsFile.fileName)")
    try entries.write(to: "\(folder.index)/\(IndexEntries.fileName)")
    let names = IndexDescription.fileNames(ofLayers: description.identity.layers)
    let records = try names.map { name in
      let file = "\(folder.index)/\(name)"
      let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int
      return IndexDescription.FileRecord(
        name: name, bytes: size ?? 0, sha256: try SHA256.digest(ofFile: file))
    }
    let file = try AtomicFile(path: "\(folder.index)/\(IndexDescription.fileName)")
    try file.write(description.with(files: records).json.text(indented: true) + "\n")
    try file.commit()
    try folder.finish(as: path, replacing: replaces)
  }
}

extension IndexDescription {
  /// Whether a folder holds the files of an index, and nothing that is none of it.
  fileprivate static func isAlone(in folder: String) -> Bool {
    guard let found = try? IndexDescription(contentsOf: "\(folder)/\(fileName)"),
      let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
    else { return false }
    return Set(names).isSubset(of: found.files.map(\.name) + [fileName])
  }
}

/// The file of a layer, filled in any order.
private struct RowFile {
  private let file: PlacedFile
  private let rows, scales: Int
  private let stride: Int

  init(path: String, type: Encoding, shape: [Int]) throws(FileError) {
    var tensors: [SafetensorsHeader.Declaration] = [.init("embeddings", type, shape)]
    if type == .i8 { tensors.append(.init("scales", .f32, [shape[0]])) }
    let header = SafetensorsHeader(tensors)
    file = try PlacedFile(path: path, byteCount: header.fileSize)
    try file.write(header.bytes, at: 0)
    rows = header.offsets["embeddings"] ?? 0
    scales = header.offsets["scales"] ?? 0
    stride = shape[1] * type.bytesPerBlock / type.elementsPerBlock
  }

  /// Writes some of the encoded rows to a range of the file's.
  func write(
    _ bytes: [UInt8], scales: [Float], _ source: Range<Int>, to place: Range<Int>
  ) throws(FileError) {
    try file.write(
      bytes[source.lowerBound * stride..<source.upperBound * stride],
      at: rows + place.lowerBound * stride)
    guard !scales.isEmpty else { return }
    let numbers = scales[source].flatMap { scale in
      (0..<4).map { UInt8(truncatingIfNeeded: scale.bitPattern >> (8 * UInt32($0))) }
    }
    try file.write(numbers, at: self.scales + 4 * place.lowerBound)
  }

  func synchronize() throws(FileError) { try file.synchronize() }
}
