/// Turns pieces of the vocabulary back into text: the `decoder` of `tokenizer.json`.
enum Decoder: Sendable {
  case byteLevel
  case byteFallback
  case metaspace(Metaspace)
  case fuse
  case replace(Matcher, with: [UInt8])
  case strip([UInt8], start: Int, stop: Int)
  case sequence([Decoder])

  /// What becomes of bytes that are not UTF-8.
  enum Repair: Sendable {
    /// They are kept.
    case none
    /// They are replaced by U+FFFD.
    case replacementCharacters
  }

  func decode(_ pieces: [[UInt8]], _ repair: Repair) -> [[UInt8]] {
    switch self {
    case .byteLevel:
      let bytes = pieces.flatMap { ByteAlphabet.bytes(of: $0) ?? $0 }
      return [repair == .none ? bytes : Array(String(decoding: bytes, as: UTF8.self).utf8)]
    case .byteFallback: return Self.joinBytes(pieces, repair)
    case .metaspace(let metaspace):
      return pieces.enumerated().map { index, piece in
        // The space that encoding has put in front of a text.
        let isPutIn = index == 0 && metaspace.prepending != .never
        return Self.replace(
          .literal(metaspace.replacement), with: isPutIn ? [] : [UInt8(ascii: " ")], in: piece)
      }
    case .fuse: return [Array(pieces.joined())]
    case .replace(let matcher, let replacement):
      return pieces.map { Self.replace(matcher, with: replacement, in: $0) }
    case .strip(let content, let start, let stop):
      return pieces.map { Self.strip(content, start: start, stop: stop, from: $0) }
    case .sequence(let decoders):
      return decoders.reduce(pieces) { pieces, decoder in decoder.decode(pieces, repair) }
    }
  }

  /// Joins each run of byte tokens to the character that it spells.
  private static func joinBytes(_ pieces: [[UInt8]], _ repair: Repair) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var run: [UInt8] = []
    func endRun() {
      guard !run.isEmpty else { return }
      if repair == .none || String(validating: run, as: UTF8.self) != nil {
        result.append(run)
      } else {
        result += Array(repeating: Array("\u{FFFD}".utf8), count: run.count)
      }
      run = []
    }
    for piece in pieces {
      if let byte = byte(of: piece) {
        run.append(byte)
      } else {
        endRun()
        result.append(piece)
      }
    }
    endRun()
    return result
  }

  /// The byte that a piece such as `<0x0A>` stands for.
  private static func byte(of piece: [UInt8]) -> UInt8? {
    guard piece.count == 6, piece.starts(with: "<0x".utf8), piece[5] == UInt8(ascii: ">") else {
      return nil
    }
    return UInt8(String(decoding: piece[3..<5], as: UTF8.self), radix: 16)
  }

  private static func replace(
    _ matcher: Matcher, with replacement: [UInt8], in piece: [UInt8]
  ) -> [UInt8] {
    // Expressions are defined on valid text alone, which single byte tokens are not.
    if case .regex = matcher, String(validating: piece, as: UTF8.self) == nil { return piece }
    var result: [UInt8] = []
    var end = 0
    for match in matcher.matches(in: piece, range: piece.indices) {
      result += piece[end..<match.lowerBound] + replacement
      end = match.upperBound
    }
    return result + piece[end...]
  }

  /// Removes a character up to `start` times from the front and up to `stop` times from the end.
  private static func strip(
    _ content: [UInt8], start: Int, stop: Int, from piece: [UInt8]
  ) -> [UInt8] {
    var rest = piece[...]
    var (front, end) = (start, stop)
    while front > 0, rest.starts(with: content) {
      rest.removeFirst(content.count)
      front -= 1
    }
    while end > 0, rest.suffix(content.count).elementsEqual(content) {
      rest.removeLast(content.count)
      end -= 1
    }
    return Array(rest)
  }
}
