/// Writes a safetensors file front to back, so that no tensor has to be held in memory.
///
/// All names, types and shapes are declared first, because the header stands in front of the data;
/// then the values follow in that order, in pieces of any size.
package final class SafetensorsWriter {
  package typealias Declaration = SafetensorsHeader.Declaration

  private let file: AtomicFile
  /// The size that the whole file will have.
  package let fileSize: Int
  private let promisedBytes: Int
  private var writtenBytes = 0

  /// The member of the metadata that names the work which made a file, where it stands by itself and may be
  /// made again.
  package static let maker = "made_by"

  /// Begins the file: writes the header.
  package init(
    path: String, tensors: [Declaration], metadata: [(String, String)] = []
  ) throws(FileError) {
    file = try AtomicFile(path: path)
    promisedBytes = tensors.reduce(0) { $0 + $1.byteCount }
    let header = SafetensorsHeader(tensors, metadata: metadata)
    fileSize = header.fileSize
    try file.write(header.bytes)
  }

  /// Appends values of the tensor that is next in the declared order.
  package func write<Number: BitwiseCopyable>(_ numbers: [Number]) throws(FileError) {
    writtenBytes += numbers.count * MemoryLayout<Number>.stride
    try file.write(numbers: numbers)
  }

  /// Removes what the file will replace before it has its name.
  package func removeFormer() throws(FileError) { try file.removeFormer() }

  /// Gives the file its final name; every declared byte has to be there.
  package func finish() throws(FileError) {
    precondition(
      writtenBytes == promisedBytes,
      "safetensors: \(promisedBytes) bytes were declared, \(writtenBytes) written")
    try file.commit()
  }
}
