/// Changes a text before it is split: the `normalizer` of `tokenizer.json`.
enum Normalizer: Sendable {
  case form(UnicodeForm)
  case lowercase
  case stripAccents
  case strip(left: Bool, right: Bool)
  case replace(Matcher, with: [UInt8])
  case prepend([UInt8])
  case byteLevel
  case sequence([Normalizer])

  func normalize(_ text: inout AlignedText) {
    switch self {
    case .form(let form): form.normalize(&text)
    case .lowercase:
      text.rewriteScalars { scalar in
        scalar.properties.changesWhenLowercased
          ? Array(scalar.properties.lowercaseMapping.utf8) : nil
      }
    case .stripAccents: text.rewriteScalars { $0.isMark ? [] : nil }
    case .strip(let left, let right): Self.strip(&text, left: left, right: right)
    case .replace(let matcher, let replacement):
      Self.replace(matcher.matches(in: text.bytes, range: text.all), with: replacement, in: &text)
    case .prepend(let prefix):
      guard !text.bytes.isEmpty else { return }
      text.rewrite {
        $0.replace(0..<0, with: prefix)
        $0.keep($0.source.all)
      }
    case .byteLevel: text.rewrite { ByteAlphabet.spell($0.source.all, in: &$0) }
    case .sequence(let normalizers):
      for normalizer in normalizers { normalizer.normalize(&text) }
    }
  }

  private static func strip(_ text: inout AlignedText, left: Bool, right: Bool) {
    let bytes = text.bytes
    let start =
      left ? bytes.prefix(of: text.all) { $0.isWhitespace }.upperBound : 0
    let end =
      right
      ? bytes.suffix(of: start..<bytes.count) { $0.isWhitespace }.lowerBound : bytes.count
    if start..<end != text.all { text.rewrite { $0.keep(start..<end) } }
  }

  private static func replace(
    _ matches: [Range<Int>], with replacement: [UInt8], in text: inout AlignedText
  ) {
    guard !matches.isEmpty else { return }
    text.rewrite { rewrite in
      var end = 0
      for match in matches {
        rewrite.keep(end..<match.lowerBound)
        rewrite.replace(match, with: replacement)
        end = match.upperBound
      }
      rewrite.keep(end..<rewrite.source.bytes.count)
    }
  }
}
