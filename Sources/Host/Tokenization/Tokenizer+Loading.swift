package import LatentLensFormats

extension Tokenizer {
  /// Reads a `tokenizer.json`.
  package init(contentsOf path: String) throws(TokenizerError) {
    let root: JSONNode
    do {
      root = try JSONNode(contentsOf: path)
    } catch {
      throw .malformed(error)
    }
    try self.init(root)
  }

  /// Reads what would be the root of a `tokenizer.json`.
  package init(_ root: JSONNode) throws(TokenizerError) {
    do {
      try self.init(reading: root)
    } catch let error as TokenizerError {
      throw error
    } catch let error as JSONError {
      throw .malformed(error)
    } catch {
      throw .malformed(JSONError(file: root.file, problem: .invalid(String(describing: error))))
    }
  }

  private init(reading root: JSONNode) throws {
    if let version = root["version"] {
      _ = try version.choice(["1.0": ()])
    }
    normalizer = try root["normalizer"].map(Normalizer.init)
    preTokenizer = try root["pre_tokenizer"].map(PreTokenizer.init)
    model = try BPE(root.required("model"))
    postProcessor = try root["post_processor"].map(PostProcessor.init)
    decoder = try root["decoder"].map(Decoder.init)
    try root["normalizer"]?.requireModest(normalizer?.growth ?? 1)
    try root["decoder"]?.requireModest(decoder?.growth ?? 1)
    added = try AddedTokens(
      root["added_tokens"], vocabulary: model.vocabulary, normalizer: normalizer)
  }
}
