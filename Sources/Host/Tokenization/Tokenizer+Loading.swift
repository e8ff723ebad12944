internal import LatentLensFormats

extension Tokenizer {
  /// Reads a `tokenizer.json`.
  package init(contentsOf path: String) throws(TokenizerError) {
    do {
      try self.init(JSONNode(contentsOf: path))
    } catch let error as TokenizerError {
      throw error
    } catch let error as JSONError {
      throw .malformed(error)
    } catch {
      throw .malformed(JSONError(file: path, problem: .invalid(String(describing: error))))
    }
  }

  private init(_ root: JSONNode) throws {
    if let version = root["version"] {
      _ = try version.choice(["1.0": ()])
    }
    normalizer = try root["normalizer"].map(Normalizer.init)
    preTokenizer = try root["pre_tokenizer"].map(PreTokenizer.init)
    model = try BPE(root.required("model"))
    postProcessor = try root["post_processor"].map(PostProcessor.init)
    decoder = try root["decoder"].map(Decoder.init)
    added = try AddedTokens(
      root["added_tokens"], vocabulary: model.vocabulary, normalizer: normalizer)
  }
}
