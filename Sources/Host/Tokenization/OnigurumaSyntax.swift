/// The regular expressions of `tokenizer.json` are written for Oniguruma; this reads one and says the
/// same to PCRE2, where the two differ.
///
/// Differences: the sets behind `\s`, `\w`, `\h` and `\b`; character classes within classes;
/// `{,n}`; the option `m`, by which a dot matches a line feed too. What a letter is they both take
/// from Unicode, PCRE2 from the version that it was built with.
struct OnigurumaSyntax {
  static func translate(_ expression: String) throws(Pattern.Failure) -> String {
    var syntax = OnigurumaSyntax(rest: Substring(expression).unicodeScalars)
    while !syntax.rest.isEmpty {
      if syntax.classDepth == 0 { try syntax.readOutsideClass() } else { try syntax.readInClass() }
    }
    return String(syntax.result)
  }

  // The members of a class that are written in place of an escape: White_Space; UTS 18's words.
  private static let space = #"\t-\r \x{85}\p{Z}"#
  private static let word = #"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}"#
  private static let hexadecimal = "0-9a-fA-F"

  private var rest: Substring.UnicodeScalarView
  private var result = String.UnicodeScalarView()
  private var classDepth = 0

  private init(rest: Substring.UnicodeScalarView) {
    self.rest = rest
  }

  private mutating func emit(_ text: String) {
    result.append(contentsOf: text.unicodeScalars)
  }

  private mutating func next() -> Unicode.Scalar? {
    rest.popFirst()
  }

  /// Takes a prefix if it comes next.
  private mutating func take(_ prefix: String) -> Bool {
    guard rest.starts(with: prefix.unicodeScalars) else { return false }
    rest.removeFirst(prefix.unicodeScalars.count)
    return true
  }

  private mutating func takeDigits() -> String {
    var digits = ""
    while let digit = rest.first, ("0"..."9").contains(digit) {
      digits.unicodeScalars.append(rest.removeFirst())
    }
    return digits
  }

  private mutating func readOutsideClass() throws(Pattern.Failure) {
    if take("\\") {
      let word = "[\(Self.word)]"
      switch next() {
      case "s": emit("[\(Self.space)]")
      case "S": emit("[^\(Self.space)]")
      case "w": emit(word)
      case "W": emit("[^\(Self.word)]")
      case "h": emit("[\(Self.hexadecimal)]")
      case "H": emit("[^\(Self.hexadecimal)]")
      case "b": emit("(?:(?<=\(word))(?!\(word))|(?<!\(word))(?=\(word)))")
      case "B": emit("(?:(?<=\(word))(?=\(word))|(?<!\(word))(?!\(word)))")
      case let escaped: copyEscape(escaped)
      }
    } else if take("[") {
      openClass()
    } else if take("{") {
      try readInterval()
    } else if take("(?") {
      readOptions()
    } else if let scalar = next() {
      result.append(scalar)
    }
  }

  private mutating func readInClass() throws(Pattern.Failure) {
    if take("\\") {
      switch next() {
      case "s": emit(Self.space)
      // PCRE2's \s differs from White_Space by this one, a space until Unicode 6.3.
      case "S": emit(#"\S\x{180E}"#)
      case "w": emit(Self.word)
      case "h": emit(Self.hexadecimal)
      case "W", "H": throw .init(reason: #"\W or \H inside a character class is not supported"#)
      case let escaped: copyEscape(escaped)
      }
    } else if take("[:") {
      emit("[:")
      while let scalar = next() {
        result.append(scalar)
        if scalar == "]" { break }
      }
    } else if take("[^") || take("&&") {
      throw .init(reason: "a negated or intersected class inside a class is not supported")
    } else if take("[") {
      classDepth += 1
    } else if take("]") {
      classDepth -= 1
      if classDepth == 0 { emit("]") }
    } else if let scalar = next() {
      result.append(scalar)
    }
  }

  private mutating func openClass() {
    classDepth = 1
    emit("[")
    if take("^") { emit("^") }
    if take("]") { emit(#"\]"#) }
  }

  private mutating func copyEscape(_ escaped: Unicode.Scalar?) {
    emit("\\")
    guard let escaped else { return }
    result.append(escaped)
    // The braces of \p{L} and \x{85} are not those of an interval.
    if "pPxo".unicodeScalars.contains(escaped), take("{") {
      emit("{")
      while let scalar = next() {
        result.append(scalar)
        if scalar == "}" { break }
      }
    }
  }

  private mutating func readInterval() throws(Pattern.Failure) {
    let lower = takeDigits()
    let comma = take(",")
    let upper = comma ? takeDigits() : ""
    let isInterval = rest.first == "}" && !(lower.isEmpty && upper.isEmpty)
    emit("{" + (isInterval && lower.isEmpty ? "0" : lower) + (comma ? "," : "") + upper)
    guard isInterval else { return }
    emit("}")
    rest.removeFirst()
    // Oniguruma repeats what the interval has matched; PCRE2 would make the interval possessive.
    if rest.first == "+" { throw .init(reason: "`+` behind `{n,m}` is not supported") }
  }

  private mutating func readOptions() {
    emit("(?")
    while let option = rest.first, "imx-".unicodeScalars.contains(option) {
      rest.removeFirst()
      result.append(option == "m" ? "s" : option)
    }
  }
}
