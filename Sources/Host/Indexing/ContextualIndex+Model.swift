internal import LatentLensComponents
package import LatentLensLenses
package import LatentLensModels

extension ContextualIndex {
  /// Opens an index of a model's own states.
  ///
  /// - Throws: `IndexError` where it cannot be opened, and where another decoder or another tokenizer made
  ///   it: its neighbours would mean nothing.
  package init(contentsOf path: String, for model: Model) throws {
    let text = try model.text()
    try self.init(contentsOf: path, for: text, named: model.identity.name)
  }

  /// Opens an index of a decoder's own states.
  ///
  /// - Parameter name: what errors call the decoder.
  package init(contentsOf path: String, for text: TextHalf, named name: String) throws(IndexError) {
    try self.init(contentsOf: path)
    try requireWhole()
    let width = text.decoder.hiddenSize
    guard description.hiddenSize == width else {
      throw IndexError(
        "\(path): has states of width \(description.hiddenSize), but \(name) has \(width); build "
          + "an index with this model")
    }
    let maker = description.identity.maker
    guard maker.weights == text.fingerprint.value() else {
      throw IndexError(
        "\(path): was made by another decoder (\(description.modelName)); its neighbours would "
          + "mean nothing, build an index with this model")
    }
    if let tokenizer = text.tokenizerDigest, maker.tokenizer != tokenizer {
      throw IndexError(
        "\(path): was made with another tokenizer.json than \(name) has; its words would be found "
          + "in wrong places, build an index with this model")
    }
  }
}

extension Model {
  /// Opens an index of this model's own states; another decoder's is refused.
  package func openIndex(_ path: String) throws -> ContextualIndex {
    try ContextualIndex(contentsOf: path, for: self)
  }
}

extension VisionLanguage {
  /// Opens an index of this model's own states; another decoder's is refused.
  package func openIndex(_ path: String) throws(IndexError) -> ContextualIndex {
    try ContextualIndex(contentsOf: path, for: text, named: identity.name)
  }
}

extension DecoderModel {
  /// Opens an index of this model's own states; another decoder's is refused.
  package func openIndex(_ path: String) throws(IndexError) -> ContextualIndex {
    try ContextualIndex(contentsOf: path, for: text, named: identity.name)
  }
}
