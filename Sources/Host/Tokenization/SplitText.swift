/// A text cut into pieces, of which the model sees one at a time.
struct SplitText: Sendable {
  private(set) var text: AlignedText
  /// None of them empty; what lies between them has been removed.
  private(set) var pieces: [Range<Int>]

  init(_ text: AlignedText, pieces: [Range<Int>]) {
    self.text = text
    self.pieces = pieces
  }

  /// What becomes of the matches that a text is split by.
  enum Behavior: Sendable {
    case isolated, removed, mergedWithPrevious, mergedWithNext, contiguous
  }

  /// Cuts every piece at the matches in it; `inverted`, at what lies between them.
  mutating func split(at matcher: Matcher, _ behavior: Behavior, inverted: Bool = false) {
    var result: [Range<Int>] = []
    result.reserveCapacity(pieces.count)
    for piece in pieces {
      let matches = matcher.matches(in: text.bytes, range: piece)
      var parts = Self.parts(of: piece, matches: matches, inverted: inverted)
      Self.apply(behavior, to: &parts)
      for part in parts where !part.range.isEmpty { result.append(part.range) }
    }
    pieces = result
  }

  /// Writes every piece anew.
  mutating func rewritePieces(_ body: (inout Rewrite, Range<Int>) -> Void) {
    var rewritten: [Range<Int>] = []
    rewritten.reserveCapacity(pieces.count)
    text.rewrite { rewrite in
      for piece in pieces {
        let start = rewrite.result.bytes.count
        body(&rewrite, piece)
        rewritten.append(start..<rewrite.result.bytes.count)
      }
    }
    pieces = rewritten
  }

  private struct Part {
    var range: Range<Int>
    let isMatch: Bool
  }

  /// The matches and what lies between them, in order.
  private static func parts(
    of piece: Range<Int>, matches: [Range<Int>], inverted: Bool
  ) -> [Part] {
    var parts: [Part] = []
    parts.reserveCapacity(2 * matches.count + 1)
    var end = piece.lowerBound
    for match in matches {
      if end < match.lowerBound {
        parts.append(Part(range: end..<match.lowerBound, isMatch: inverted))
      }
      parts.append(Part(range: match, isMatch: !inverted))
      end = match.upperBound
    }
    if end < piece.upperBound {
      parts.append(Part(range: end..<piece.upperBound, isMatch: inverted))
    }
    return parts
  }

  private static func apply(_ behavior: Behavior, to parts: inout [Part]) {
    switch behavior {
    case .isolated: break
    case .removed: parts.removeAll { $0.isMatch }
    case .contiguous: merge(&parts) { previous, next in previous == next }
    case .mergedWithPrevious: merge(&parts) { previous, next in next && !previous }
    case .mergedWithNext:
      parts.reverse()
      merge(&parts) { previous, next in next && !previous }
      parts.reverse()
    }
  }

  /// Joins neighbours by whether each of the two is a match, in the order in which they stand.
  private static func merge(_ parts: inout [Part], when joins: (Bool, Bool) -> Bool) {
    var result: [Part] = []
    var previousIsMatch = false
    for part in parts {
      if joins(previousIsMatch, part.isMatch), let last = result.indices.last {
        let (left, right) = (result[last].range, part.range)
        let start = min(left.lowerBound, right.lowerBound)
        result[last].range = start..<max(left.upperBound, right.upperBound)
      } else {
        result.append(part)
      }
      previousIsMatch = part.isMatch
    }
    parts = result
  }
}
