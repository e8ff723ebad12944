internal import LatentLensFormats
package import LatentLensTensors

/// A GGUF file: recognized, so that its error says what it is, but not read yet.
package struct GGUFSource: WeightSource {
  package let path: String

  package static func recognizes(_ path: String) -> Bool {
    guard PathKind(of: path) == .file else { return false }
    return path.hasSuffix(".gguf") || firstBytes(of: path, 4) == Array("GGUF".utf8)
  }

  package init(_ path: String) throws {
    throw HostError(
      "\(path): is a GGUF file, which is not read yet; give the Hugging Face checkpoint that it was "
        + "made from, a folder with config.json")
  }

  package func tensors() -> [String: Weight] { [:] }
}
