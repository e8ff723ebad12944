package import LatentLensFormats
package import LatentLensTensors

/// A GGUF file of llama.cpp: weights, configuration and tokenizer of a decoder in one, or in shards.
package struct GGUFSource: WeightSource {
  package let path: String
  private let parts: GGUFParts

  package static func recognizes(_ path: String) -> Bool {
    guard PathKind(of: path) == .file else { return false }
    return path.hasSuffix(".gguf") || firstBytes(of: path, 4) == Array("GGUF".utf8)
  }

  /// - Throws: `GGUFError`.
  package init(_ path: String) throws {
    self.path = path
    parts = try GGUFParts(path)
  }

  package func weightFiles() -> [String] { parts.files }
  package func configuration() throws -> JSONNode? { try GGUFModel(parts).configuration }
  package func tensors() throws -> NameTable<Weight> { try GGUFModel(parts).tensors() }
  package func tokenizer() throws -> StoredTokenizer? { try GGUFTokenizer(parts)?.stored() }
}
