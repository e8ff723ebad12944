/// All added tokens of a tokenizer, and how they are found in a text.
struct AddedTokens: Sendable {
  /// In the order of their ids.
  private(set) var tokens: [AddedToken] = []
  private(set) var specialIDs: Set<Int> = []
  private var positions: [Int: Int] = [:]
  private var contents = ByteStringTable()
  private var contentIDs: [Int] = []
  /// What tokens look like in normalized text, where that differs from their content.
  private var normalizedForms: [Int: [UInt8]] = [:]
  private var verbatim = ByteTrie()
  private var normalized = ByteTrie()

  init(_ tokens: [AddedToken], normalizer: Normalizer?) {
    var latest: [Int: AddedToken] = [:]
    for token in tokens {
      latest[token.id] = token
      if contents.insert(token.content.utf8.span).isNew { contentIDs.append(token.id) }
      if token.isSpecial { specialIDs.insert(token.id) }
    }
    self.tokens = latest.values.sorted { $0.id < $1.id }
    for (position, token) in self.tokens.enumerated() {
      positions[token.id] = position
      let content = Array(token.content.utf8)
      guard token.isNormalized else {
        verbatim.insert(content, value: token.id)
        continue
      }
      var form = AlignedText(content, range: content.indices)
      normalizer?.normalize(&form)
      if form.bytes != content { normalizedForms[token.id] = form.bytes }
      normalized.insert(form.bytes, value: token.id)
    }
  }

  subscript(id: Int) -> AddedToken? { positions[id].map { tokens[$0] } }

  func id(of content: Span<UInt8>) -> Int? {
    contents.number(of: content).map { contentIDs[$0] }
  }

  /// What a token contributes to decoding: its form in normalized text.
  func decodedForm(_ id: Int) -> [UInt8]? {
    normalizedForms[id] ?? self[id].map { Array($0.content.utf8) }
  }

  /// A stretch of text: a token, or what lies between tokens.
  struct Part {
    let range: Range<Int>
    let id: Int?
  }

  /// Cuts the original text at the tokens that are looked for there.
  func splitOriginal(_ text: [UInt8]) -> [Part] { split(text, at: verbatim) }

  /// Cuts a normalized text at the tokens that are looked for there.
  func splitNormalized(_ text: [UInt8]) -> [Part] { split(text, at: normalized) }

  private func split(_ text: [UInt8], at trie: ByteTrie) -> [Part] {
    var parts: [Part] = []
    // Behind the last token, with the white space it has taken.
    var end = 0
    var spaceEnd = 0
    var index = 0
    while let (match, id) = trie.firstMatch(in: text, from: index) {
      index = match.upperBound
      guard let token = self[id], !token.isSingleWord || standsAlone(match, in: text) else {
        continue
      }
      var start = match.lowerBound
      var stop = match.upperBound
      if token.stripsLeft {
        let space = text.suffix(of: min(end, start)..<start) { $0.isWhitespace }
        start = max(end, space.lowerBound)
      }
      if token.stripsRight {
        // A token that is white space itself stands in a run whose end is known already.
        if stop >= spaceEnd {
          spaceEnd = text.prefix(of: stop..<text.count) { $0.isWhitespace }.upperBound
        }
        stop = spaceEnd
      }
      if end < start { parts.append(Part(range: end..<start, id: nil)) }
      parts.append(Part(range: start..<max(start, stop), id: id))
      end = stop
    }
    if end < text.count { parts.append(Part(range: end..<text.count, id: nil)) }
    return parts
  }

  private func standsAlone(_ range: Range<Int>, in text: [UInt8]) -> Bool {
    let wordBefore =
      range.lowerBound > 0 && text.scalar(before: range.lowerBound).value.isWordCharacter
    let wordAfter =
      range.upperBound < text.count && text.scalar(at: range.upperBound).value.isWordCharacter
    return !wordBefore && !wordAfter
  }
}
