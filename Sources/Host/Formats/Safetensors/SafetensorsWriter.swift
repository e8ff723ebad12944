package import LatentLensTensors

/// Writes a safetensors file front to back, so that no tensor has to be held in memory.
///
/// All names, types and shapes are declared first, because the header stands in front of the data;
/// then the values follow in that order, in pieces of any size.
package final class SafetensorsWriter {
  /// A tensor to come.
  package struct Declaration: Sendable {
    package let name: String
    package let shape: [Int]
    let typeName: String
    let byteCount: Int

    /// - Parameter encoding: one that safetensors has a name for.
    package init(_ name: String, _ encoding: Encoding, _ shape: [Int]) {
      guard let typeName = encoding.safetensorsName, let size = encoding.byteCount(of: shape) else {
        preconditionFailure("safetensors: `\(name)` cannot be \(encoding) \(shape)")
      }
      self.name = name
      self.shape = shape
      self.typeName = typeName
      byteCount = size
    }
  }

  private let file: AtomicFile
  private let promisedBytes: Int
  private var writtenBytes = 0

  /// Begins the file: writes the header, padded so that the data is aligned to 64 bytes.
  package init(
    path: String, tensors: [Declaration], metadata: [(String, String)] = []
  ) throws(FileError) {
    file = try AtomicFile(path: path)
    promisedBytes = tensors.reduce(0) { $0 + $1.byteCount }
    var members: [(String, JSONValue)] = []
    if !metadata.isEmpty {
      members.append(("__metadata__", .object(JSONObject(metadata.map { ($0, .string($1)) }))))
    }
    var offset = 0
    for tensor in tensors {
      let end = offset + tensor.byteCount
      members.append(
        (
          tensor.name,
          [
            "dtype": .string(tensor.typeName),
            "shape": .array(tensor.shape.map { .integer(Int64($0)) }),
            "data_offsets": [.integer(Int64(offset)), .integer(Int64(end))],
          ]
        ))
      offset = end
    }
    var header = Array(JSONValue.object(JSONObject(members)).text().utf8)
    header += Array(repeating: UInt8(ascii: " "), count: (64 - (8 + header.count) % 64) % 64)
    try file.write(numbers: [UInt64(header.count).littleEndian])
    try file.write(header)
  }

  /// Appends values of the tensor that is next in the declared order.
  package func write<Number: BitwiseCopyable>(_ numbers: [Number]) throws(FileError) {
    writtenBytes += numbers.count * MemoryLayout<Number>.stride
    try file.write(numbers: numbers)
  }

  /// Gives the file its final name; every declared byte has to be there.
  package func finish() throws(FileError) {
    precondition(
      writtenBytes == promisedBytes,
      "safetensors: \(promisedBytes) bytes were declared, \(writtenBytes) written")
    try file.commit()
  }
}
