internal import LatentLensFormats
package import LatentLensTensors

/// A single safetensors file.
package struct SafetensorsSource: WeightSource {
  package let path: String

  package static func recognizes(_ path: String) -> Bool {
    guard PathKind(of: path) == .file else { return false }
    // Behind the eight bytes of its length the header begins: an object of JSON.
    return path.hasSuffix(".safetensors") || firstBytes(of: path, 10).dropFirst(8) == [0x7B, 0x22]
  }

  package init(_ path: String) {
    self.path = path
  }

  package func tensors() throws -> NameTable<Weight> {
    try SafetensorsFile(contentsOf: path).tensors
  }
}
