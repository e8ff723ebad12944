public import LatentLensFormats
public import LatentLensTensors

/// A GGUF file of llama.cpp: weights, configuration and tokenizer of a decoder in one, or in shards.
public struct GGUFSource: WeightSource {
  public let path: String
  private let parts: GGUFParts

  public static func recognizes(_ path: String) -> Bool {
    guard PathKind(of: path) == .file else { return false }
    return path.hasSuffix(".gguf") || firstBytes(of: path, 4) == Array("GGUF".utf8)
  }

  /// - Throws: `GGUFError`.
  public init(_ path: String) throws {
    self.path = path
    parts = try GGUFParts(path)
  }

  public func weightFiles() -> [String] { parts.files }
  public func configuration() throws -> JSONNode? { try GGUFModel(parts).configuration }
  public func tensors() throws -> [String: Weight] { try GGUFModel(parts).tensors() }
  public func tokenizer() throws -> StoredTokenizer? { try GGUFTokenizer(parts)?.stored() }
}
