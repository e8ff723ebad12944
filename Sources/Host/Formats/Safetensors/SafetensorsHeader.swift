package import LatentLensTensors

/// What stands in front of the data of a safetensors file, and where in the file each tensor begins.
package struct SafetensorsHeader {
  /// A tensor to come.
  package struct Declaration: Sendable {
    package let name: String
    package let shape: [Int]
    let typeName: String
    package let byteCount: Int

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

  /// The length of the header and the header, padded so that the data is aligned to 64 bytes.
  package let bytes: [UInt8]
  /// The first byte of each tensor in the file.
  package let offsets: [String: Int]
  /// The size of the whole file.
  package let fileSize: Int

  /// - Parameter tensors: in the order of their data.
  package init(_ tensors: [Declaration], metadata: [(String, String)] = []) {
    var members: [(String, JSONValue)] = []
    if !metadata.isEmpty {
      members.append(("__metadata__", .object(JSONObject(metadata.map { ($0, .string($1)) }))))
    }
    var begins: [String: Int] = [:]
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
      begins[tensor.name] = offset
      offset = end
    }
    var header = Array(JSONValue.object(JSONObject(members)).text().utf8)
    header += Array(repeating: UInt8(ascii: " "), count: (64 - (8 + header.count) % 64) % 64)
    let length = UInt64(header.count)
    bytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + header
    let front = bytes.count
    offsets = begins.mapValues { front + $0 }
    fileSize = front + offset
  }
}
