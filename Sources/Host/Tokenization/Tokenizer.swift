/// Text to token ids and back, as a `tokenizer.json` describes it.
///
/// A value that never changes: it may be used from many threads at once. Truncation and padding that
/// the file may hold are not applied, as in transformers.
package struct Tokenizer: Sendable {
  let normalizer: Normalizer?
  let preTokenizer: PreTokenizer?
  let model: BPE
  let postProcessor: PostProcessor?
  let decoder: Decoder?
  let added: AddedTokens
  /// The texts of ids behind the vocabulary, which are told apart from it.
  private(set) var texts: [Int: String] = [:]

  /// The number of tokens, added ones included.
  package var count: Int {
    model.vocabulary.count + added.tokens.count { model.vocabulary.piece($0.id) == nil }
  }

  /// The tokens beside the model's vocabulary, in the order of their ids.
  package var addedTokens: [AddedToken] { added.tokens }

  /// The added tokens that decoding may leave out (`<s>`, `<|im_end|>`).
  package var specialTokenIDs: Set<Int> { added.specialIDs }

  /// The piece with an id as the vocabulary spells it (`Ġboat`, `▁boat`), or nil if there is none.
  package func token(_ id: Int) -> String? {
    if let token = added[id] { return token.content }
    return model.vocabulary.piece(id).map { String(decoding: $0, as: UTF8.self) } ?? texts[id]
  }

  /// The same tokenizer, which knows the texts of some ids that its file does not have. Encoding never
  /// gives them.
  package func knowing(_ texts: [Int: String]) -> Tokenizer {
    var tokenizer = self
    tokenizer.texts.merge(texts) { _, newer in newer }
    return tokenizer
  }

  /// The id of a piece as the vocabulary spells it, or nil if it has none.
  package func id(of token: String) -> Int? {
    added.id(of: token.utf8.span) ?? model.vocabulary.id(of: token.utf8.span).map(Int.init)
  }
}
