/// A text as tokens, each with its place in it.
package struct TokenizedText: Sendable {
  package let text: String
  /// Its tokens, special ones included, as a decoder reads them.
  package let ids: [Int]
  /// For each token its range in the text, in Unicode code points; nil for tokens that were put in.
  package let spans: [Range<Int>?]
  private let scalars: [Unicode.Scalar]

  package init(_ text: String, tokenizer: Tokenizer) {
    self.text = text
    scalars = Array(text.unicodeScalars)
    var starts = [Int](repeating: 0, count: text.utf8.count + 1)
    var byte = 0
    for (number, scalar) in scalars.enumerated() {
      let width = UTF8.width(scalar)
      for offset in 0..<width { starts[byte + offset] = number }
      byte += width
    }
    starts[byte] = scalars.count
    let tokens = tokenizer.encodeWithOffsets(text)
    ids = tokens.map(\.id)
    spans = tokens.map { token in
      guard !token.range.isEmpty else { return nil }
      // A token may begin or end inside a character; it then belongs to the whole of it.
      return starts[token.range.lowerBound]..<(starts[token.range.upperBound - 1] + 1)
    }
  }

  /// The whole word around the token at a position, with its range in code points, so that a word that
  /// occurs twice is found where it was meant.
  package func word(aroundToken position: Int) -> (word: String, span: Range<Int>)? {
    guard spans.indices.contains(position), let span = spans[position] else { return nil }
    var (start, end) = (span.lowerBound, span.upperBound)
    while start < end, scalars[start].properties.isWhitespace { start += 1 }
    while end > start, scalars[end - 1].properties.isWhitespace { end -= 1 }
    guard start < end else { return nil }
    if scalars[start].isWordPart {
      while start > 0, scalars[start - 1].isWordPart { start -= 1 }
    }
    if scalars[end - 1].isWordPart {
      while end < scalars.count, scalars[end].isWordPart { end += 1 }
    }
    var word = String.UnicodeScalarView()
    word.append(contentsOf: scalars[start..<end])
    return (String(word), start..<end)
  }
}
