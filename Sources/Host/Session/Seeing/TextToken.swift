internal import LatentLensModels
package import LatentLensTokenization

/// A token of a text as it is shown.
package struct TextToken: Sendable, Equatable {
  /// The text that the token alone decodes to.
  package let text: String
  package let id: Int
  /// The whole word around the token; its own text where it has no place, as BOS has none.
  package let word: String
  /// The token's range in the text, in Unicode code points; nil where it has no place.
  package let span: Range<Int>?

  /// The token at a position of a text.
  package init(_ position: Int, of text: TokenizedText, tokenizer: Tokenizer) {
    id = text.ids[position]
    self.text = tokenizer.decode([id])
    word = text.word(aroundToken: position)?.word ?? self.text.trimmed
    span = text.spans[position]
  }
}
