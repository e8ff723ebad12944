/// Splits a normalized text into the pieces that the model sees: the `pre_tokenizer` of
/// `tokenizer.json`.
enum PreTokenizer: Sendable {
  case split(Matcher, SplitText.Behavior, inverted: Bool)
  case byteLevel(addsPrefixSpace: Bool, pattern: Pattern?)
  case metaspace(Metaspace)
  case sequence([PreTokenizer])

  func split(_ text: inout SplitText) {
    switch self {
    case .split(let matcher, let behavior, let inverted):
      text.split(at: matcher, behavior, inverted: inverted)
    case .byteLevel(let addsPrefixSpace, let pattern):
      if addsPrefixSpace { Self.addPrefixSpaces(to: &text) }
      if let pattern { text.split(at: .regex(pattern), .isolated) }
      text.rewritePieces { rewrite, piece in ByteAlphabet.spell(piece, in: &rewrite) }
    case .metaspace(let metaspace): metaspace.split(&text)
    case .sequence(let preTokenizers):
      for preTokenizer in preTokenizers { preTokenizer.split(&text) }
    }
  }

  private static func addPrefixSpaces(to text: inout SplitText) {
    let space = UInt8(ascii: " ")
    text.rewritePieces { rewrite, piece in
      let start = piece.lowerBound
      if rewrite.source.bytes[start] != space {
        rewrite.replace(start..<start, with: CollectionOfOne(space))
      }
      rewrite.keep(piece)
    }
  }
}

/// SentencePiece's visible space: it replaces spaces, may be put in front, and begins a piece.
struct Metaspace: Sendable {
  enum Prepending: Sendable {
    case always
    /// Only in front of the piece with which the text begins.
    case first
    case never
  }

  let replacement: [UInt8]
  let prepending: Prepending
  let splits: Bool

  func split(_ text: inout SplitText) {
    let spaces = Matcher.literal([UInt8(ascii: " ")])
    text.rewritePieces { rewrite, piece in
      let bytes = rewrite.source.bytes
      let startsVisibly =
        bytes[piece.lowerBound] == UInt8(ascii: " ") || bytes.hasPrefix(replacement, at: piece)
      if !startsVisibly, prepends(at: rewrite.source.origins[piece.lowerBound].lowerBound) {
        rewrite.replace(piece.lowerBound..<piece.lowerBound, with: replacement)
      }
      var end = piece.lowerBound
      for space in spaces.matches(in: bytes, range: piece) {
        rewrite.keep(end..<space.lowerBound)
        rewrite.replace(space, with: replacement)
        end = space.upperBound
      }
      rewrite.keep(end..<piece.upperBound)
    }
    if splits { text.split(at: .literal(replacement), .mergedWithNext) }
  }

  private func prepends(at origin: Int) -> Bool {
    switch prepending {
    case .always: true
    case .first: origin == 0
    case .never: false
    }
  }
}
