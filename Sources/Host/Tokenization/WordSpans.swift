/// The words of a text, found by its characters alone, so that they are the same for every tokenizer.
package struct WordSpans: Sendable {
  /// The scalars of the text.
  package let scalars: [Unicode.Scalar]
  /// Ranges of code points, ascending: runs of letters, digits, underscores and what is written upon them, that
  /// hold a letter or a digit.
  package let words: [Range<Int>]

  package init(_ text: String) {
    let scalars = Array(text.unicodeScalars)
    self.scalars = scalars
    var words: [Range<Int>] = []
    var start: Int?
    for place in 0...scalars.count {
      let isPart = place < scalars.count && scalars[place].isWordPart
      if isPart, start == nil { start = place }
      if !isPart, let first = start {
        if scalars[first..<place].contains(where: \.isLetterOrDigit) { words.append(first..<place) }
        start = nil
      }
    }
    self.words = words
  }

  /// The text of some code points.
  package subscript(range: Range<Int>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars[range])
    return String(text)
  }
}

extension Unicode.Scalar {
  /// Whether words are made of it.
  package var isWordPart: Bool {
    isLetterOrDigit || self == "_" || properties.isGraphemeExtend
  }

  fileprivate var isLetterOrDigit: Bool {
    properties.isAlphabetic || properties.numericType != nil
  }
}
