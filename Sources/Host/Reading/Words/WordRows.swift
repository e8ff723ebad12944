internal import LatentLensComponents
internal import LatentLensIndexing
internal import LatentLensKernels
internal import LatentLensLenses
internal import LatentLensModels
internal import LatentLensTensors
package import LatentLensTokenization

/// What some words are made of: their rows in an index, and their tokens.
struct WordRows: Sendable {
  /// For each word; nil where there is no index.
  let rows: [[Int]]?
  let tokens: [[Int]]

  init(of words: [SoughtWord], _ text: TextHalf, index: ContextualIndex?) throws {
    let tokenizer = try text.tokenizer.get()
    rows = index.map { Self.rows(of: words, in: $0.entries, tokenizer) }
    tokens = Self.tokens(of: words, tokenizer, count: text.decoder.embedding.count)
  }

  /// For each word the rows of an index that are of it.
  private static func rows(
    of words: [SoughtWord], in entries: IndexEntries, _ tokenizer: Tokenizer
  ) -> [[Int]] {
    var found = [[Int]](repeating: [], count: words.count)
    var sentence: (number: Int, tokens: TokenizedText, words: WordSpans)?
    // Which sentences hold any of the words; the others need no tokens.
    let holding = entries.sentences.map { text in
      let spans = WordSpans(text)
      return words.contains { word in spans.words.contains { word.isMeant(spans, $0) } }
    }
    for row in 0..<entries.count where holding[entries.sentenceIDs[row]] {
      let number = entries.sentenceIDs[row]
      if sentence?.number != number {
        let text = entries.sentences[number]
        sentence = (number, TokenizedText(text, tokenizer: tokenizer), WordSpans(text))
      }
      guard let sentence,
        let span = sentence.tokens.word(aroundToken: entries.positions[row])?.span
      else { continue }
      for (place, word) in words.enumerated() where word.isMeant(sentence.words, span) {
        found[place].append(row)
      }
    }
    return found
  }

  /// For each word the tokens that are it by themselves; where there are none, those that it is made of.
  private static func tokens(
    of words: [SoughtWord], _ tokenizer: Tokenizer, count: Int
  ) -> [[Int]] {
    var found = [[Int]](repeating: [], count: words.count)
    for token in 0..<count {
      let text = tokenizer.decode([token]).trimmed
      guard !text.isEmpty else { continue }
      for (place, word) in words.enumerated() where word.isToken(text) {
        found[place].append(token)
      }
    }
    return zip(words, found).map { word, tokens in
      tokens.isEmpty
        ? tokenizer.encode(" " + word.text, addingSpecialTokens: false).filter { $0 < count }
        : tokens
    }
  }
}

/// A word that is looked for, and what it is to be.
package struct SoughtWord: Sendable {
  package let text: String
  /// Whether a word of a sentence is it.
  let isMeant: @Sendable (_ sentence: WordSpans, _ place: Range<Int>) -> Bool
  /// Whether a token of the vocabulary is it by itself.
  let isToken: @Sendable (_ text: String) -> Bool

  package init(
    _ text: String, isMeant: @escaping @Sendable (WordSpans, Range<Int>) -> Bool,
    isToken: @escaping @Sendable (String) -> Bool
  ) {
    self.text = text
    self.isMeant = isMeant
    self.isToken = isToken
  }
}
