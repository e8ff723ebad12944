package import LatentLensFormats
package import LatentLensTokenization

/// What somebody looks for: a word in any of its forms, or several words that follow each other.
package struct WordQuery: Sendable {
  package let text: String
  /// The forms of each word.
  private let words: [Set<String>]

  /// - Throws: `HostError` for a text without a word.
  package init(_ text: String) throws(HostError) {
    self.text = text
    let spans = WordSpans(text)
    // What is no word may be looked for as well: a token can be a comma.
    let parts = spans.words.count > 1 ? spans.words.map { spans[$0] } : [text]
    words = parts.map { Folding.forms(of: $0) }
    guard !words.contains([""]) else {
      throw HostError("`\(text)` is no word that could be found")
    }
  }

  package var isPhrase: Bool { words.count > 1 }

  /// Whether a word by itself is meant; never true for a phrase.
  package func matches(_ word: String) -> Bool {
    !isPhrase && !words[0].isDisjoint(with: Folding.forms(of: word))
  }

  /// Whether the word at a place of a sentence is meant, or is one of the phrase that stands there.
  ///
  /// - Parameter place: in code points.
  package func matches(_ sentence: WordSpans, at place: Range<Int>) -> Bool {
    guard let number = sentence.words.firstIndex(where: { $0.overlaps(place) }) else {
      return false
    }
    return words.indices.contains { before in
      let first = number - before
      guard first >= 0, first + words.count <= sentence.words.count else { return false }
      return words.indices.allSatisfy { place in
        let word = sentence[sentence.words[first + place]]
        return !words[place].isDisjoint(with: Folding.forms(of: word))
      }
    }
  }
}
