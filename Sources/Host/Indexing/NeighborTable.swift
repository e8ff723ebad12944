internal import Foundation
package import LatentLensLenses
package import LatentLensTokenization

/// The things that neighbours are, each once: a token of the vocabulary, or a row of an index with its
/// sentence and the whole word around its token.
package struct NeighborTable: Sendable {
  /// One thing a neighbour can be.
  package struct Entry: Sendable, Equatable {
    package let token: String
    package let tokenID: Int
    /// The whole word around the token; the token's own text where there is no sentence.
    package let word: String
    package let context: Context?

    package init(token: String, tokenID: Int, word: String, context: Context?) {
      self.token = token
      self.tokenID = tokenID
      self.word = word
      self.context = context
    }
  }

  /// Where in the corpus an entry stands.
  package struct Context: Sendable, Equatable {
    package let layer: Int
    /// An index into `sentences`.
    package let sentence: Int
    /// The token's position in its tokenised sentence.
    package let position: Int
    /// The word's range in its sentence, in Unicode code points; nil if the token has no place there.
    package let span: Range<Int>?

    package init(layer: Int, sentence: Int, position: Int, span: Range<Int>?) {
      self.layer = layer
      self.sentence = sentence
      self.position = position
      self.span = span
    }
  }

  private enum Key: Hashable {
    case token(Int)
    case origin(Neighbor.Origin)
  }

  package private(set) var entries: [Entry] = []
  package private(set) var sentences: [String] = []
  private var known: [Key: Int] = [:]
  private var knownSentences: [Int: Int] = [:]
  private var tokenized: [Int: TokenizedText] = [:]
  private let tokenizer: Tokenizer
  private let index: IndexEntries?

  /// - Parameter index: the rows that neighbours of LatentLens refer to.
  package init(tokenizer: Tokenizer, index: IndexEntries?) {
    self.tokenizer = tokenizer
    self.index = index
  }

  /// The number of a neighbour's entry, which is made on first sight.
  package mutating func intern(_ neighbor: Neighbor) -> Int {
    let key = neighbor.origin.map(Key.origin) ?? .token(neighbor.tokenID)
    if let entry = known[key] { return entry }
    known[key] = entries.count
    entries.append(makeEntry(neighbor))
    return entries.count - 1
  }

  /// What a neighbour is.
  package mutating func entry(of neighbor: Neighbor) -> Entry {
    // Before `entries` is looked at, since it may grow.
    let number = intern(neighbor)
    return entries[number]
  }

  private mutating func makeEntry(_ neighbor: Neighbor) -> Entry {
    let token = tokenizer.decode([neighbor.tokenID])
    guard let origin = neighbor.origin, let index else {
      return Entry(
        token: token, tokenID: neighbor.tokenID,
        word: token.trimmingCharacters(in: .whitespacesAndNewlines), context: nil)
    }
    let stored = index.sentenceIDs[origin.row]
    let position = index.positions[origin.row]
    let sentence =
      tokenized[stored] ?? TokenizedText(index.sentences[stored], tokenizer: tokenizer)
    tokenized[stored] = sentence
    let found = sentence.word(aroundToken: position)
    return Entry(
      token: token, tokenID: neighbor.tokenID,
      word: found?.word ?? token.trimmingCharacters(in: .whitespacesAndNewlines),
      context: Context(
        layer: origin.layer, sentence: intern(stored, of: index), position: position,
        span: found?.span))
  }

  private mutating func intern(_ stored: Int, of index: IndexEntries) -> Int {
    if let sentence = knownSentences[stored] { return sentence }
    knownSentences[stored] = sentences.count
    sentences.append(index.sentences[stored])
    return sentences.count - 1
  }
}
