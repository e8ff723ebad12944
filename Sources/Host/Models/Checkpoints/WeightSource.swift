package import LatentLensFormats
package import LatentLensTensors
package import LatentLensTokenization

/// Where a model's weights come from: a folder or a file that holds tensors, and perhaps what goes with
/// them.
///
/// A format of weights is one type that conforms to this, and its name in `WeightSources.all`.
package protocol WeightSource: Sendable {
  /// Whether what stands at a path is of this kind, by its name or its first bytes.
  static func recognizes(_ path: String) -> Bool

  /// Opens what stands at a path that this kind recognizes.
  init(_ path: String) throws

  /// The folder or the file.
  var path: String { get }

  /// The files that hold tensors, in order.
  func weightFiles() throws -> [String]

  /// The tensors by stored name, each mapped from its file.
  func tensors() throws -> NameTable<Weight>

  /// The model's configuration with Hugging Face's keys; nil where the source holds weights alone.
  func configuration() throws -> JSONNode?

  /// The model's tokenizer; nil where the source has none.
  func tokenizer() throws -> StoredTokenizer?

  /// The path of a file that goes with the weights, if it is there.
  func file(_ name: String) -> String?
}

/// A source that is one file of weights and nothing else.
extension WeightSource {
  package func weightFiles() -> [String] { [path] }
  package func configuration() throws -> JSONNode? { nil }
  package func tokenizer() throws -> StoredTokenizer? { nil }
  package func file(_ name: String) -> String? { nil }
}

/// A tokenizer, and what tells it from any other.
package struct StoredTokenizer: Sendable {
  package let tokenizer: Tokenizer
  /// A digest of everything that decides what it does, as `sha256:…`.
  package let digest: String

  package init(_ tokenizer: Tokenizer, digest: String) {
    self.tokenizer = tokenizer
    self.digest = digest
  }
}

/// The kinds of sources that are compiled in.
package enum WeightSources {
  /// The first that recognizes a path opens it.
  package static let all: [any WeightSource.Type] = [
    FolderSource.self, GGUFSource.self, TorchSource.self, SafetensorsSource.self,
  ]

  /// Whether a path is a source of weights, and not, say, a manifest.
  static func recognize(_ path: String) -> Bool { all.contains { $0.recognizes(path) } }

  /// Opens a folder, a file, or either in a cached repository (`hf:OWNER/NAME@REVISION/FILE`).
  static func open(_ locator: String) throws -> any WeightSource {
    let path = try HubCache.path(of: locator)
    if let kind = all.first(where: { $0.recognizes(path) }) { return try kind.init(path) }
    guard PathKind(of: path) != nil else {
      throw HostError("\(path): there is no such checkpoint folder or file")
    }
    throw HostError(
      "\(path): is no weights file; give a checkpoint folder, a GGUF or safetensors file, or a file "
        + "of torch.save")
  }
}
