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
  }

  private enum Key: Hashable {
    case token(Int)
    case origin(Neighbor.Origin)
  }

  package private(set) var entries: [Entry] = []
  package private(set) var sentences: [String] = []
  private var known: [Key: Int] = [:]
  private var knownSentences: [Int: Int] = [:]
  private var locators: [Int: WordLocator] = [:]
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

  private mutating func makeEntry(_ neighbor: Neighbor) -> Entry {
    let token = tokenizer.decode([neighbor.tokenID])
    guard let origin = neighbor.origin, let index else {
      return Entry(
        token: token, tokenID: neighbor.tokenID,
        word: token.trimmingCharacters(in: .whitespacesAndNewlines), context: nil)
    }
    let stored = index.sentenceIDs[origin.row]
    let position = index.positions[origin.row]
    let locator = locators[stored] ?? WordLocator(index.sentences[stored], tokenizer: tokenizer)
    locators[stored] = locator
    let found = locator.word(aroundToken: position)
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

/// Finds the whole word around a token by the token's position in its sentence, so that a word that
/// occurs twice is found where it was meant.
struct WordLocator: Sendable {
  private let scalars: [Unicode.Scalar]
  /// For each token of the sentence, its range in code points; empty for special tokens.
  private let ranges: [Range<Int>]

  init(_ sentence: String, tokenizer: Tokenizer) {
    scalars = Array(sentence.unicodeScalars)
    var starts = [Int](repeating: 0, count: sentence.utf8.count + 1)
    var byte = 0
    for (number, scalar) in scalars.enumerated() {
      let width = UTF8.width(scalar)
      for offset in 0..<width { starts[byte + offset] = number }
      byte += width
    }
    starts[byte] = scalars.count
    ranges = tokenizer.encodeWithOffsets(sentence).map { token in
      guard !token.range.isEmpty else { return 0..<0 }
      // A token may begin or end inside a character; it then belongs to the whole of it.
      return starts[token.range.lowerBound]..<(starts[token.range.upperBound - 1] + 1)
    }
  }

  /// The word around the token at a position, with its range in code points.
  func word(aroundToken position: Int) -> (word: String, span: Range<Int>)? {
    guard ranges.indices.contains(position) else { return nil }
    var (start, end) = (ranges[position].lowerBound, ranges[position].upperBound)
    while start < end, scalars[start].properties.isWhitespace { start += 1 }
    while end > start, scalars[end - 1].properties.isWhitespace { end -= 1 }
    guard start < end else { return nil }
    if Self.isWordPart(scalars[start]) {
      while start > 0, Self.isWordPart(scalars[start - 1]) { start -= 1 }
    }
    if Self.isWordPart(scalars[end - 1]) {
      while end < scalars.count, Self.isWordPart(scalars[end]) { end += 1 }
    }
    var word = String.UnicodeScalarView()
    word.append(contentsOf: scalars[start..<end])
    return (String(word), start..<end)
  }

  private static func isWordPart(_ scalar: Unicode.Scalar) -> Bool {
    let properties = scalar.properties
    return properties.isAlphabetic || properties.numericType != nil || scalar == "_"
      || properties.isGraphemeExtend
  }
}
