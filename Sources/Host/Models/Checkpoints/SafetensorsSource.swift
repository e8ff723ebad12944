internal import LatentLensFormats
public import LatentLensTensors

/// A single safetensors file.
public struct SafetensorsSource: WeightSource {
  public let path: String

  public static func recognizes(_ path: String) -> Bool {
    guard PathKind(of: path) == .file else { return false }
    // Behind the eight bytes of its length the header begins: an object of JSON.
    return path.hasSuffix(".safetensors") || firstBytes(of: path, 10).dropFirst(8) == [0x7B, 0x22]
  }

  public init(_ path: String) {
    self.path = path
  }

  public func tensors() throws -> [String: Weight] {
    try SafetensorsFile(contentsOf: path).tensors
  }
}
