// Walking over the scalars of valid UTF-8 without making a string of it.

extension [UInt8] {
  /// The scalar that starts at an index, and its length in bytes.
  func scalar(at index: Int) -> (value: Unicode.Scalar, length: Int) {
    let first = UInt32(self[index])
    if first < 0x80 { return (Unicode.Scalar(UInt8(first)), 1) }
    let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    var value = first & (0x7F >> UInt32(length))
    for next in index + 1..<Swift.min(index + length, count) {
      value = value << 6 | UInt32(self[next]) & 0x3F
    }
    return (Unicode.Scalar(value) ?? "\u{FFFD}", length)
  }

  /// The scalar that ends before an index, and its length in bytes.
  func scalar(before index: Int) -> (value: Unicode.Scalar, length: Int) {
    var start = index - 1
    while start > 0, self[start] & 0xC0 == 0x80 { start -= 1 }
    return scalar(at: start)
  }

  /// The longest run of scalars from the start of a range that fulfil a condition.
  func prefix(of range: Range<Int>, while holds: (Unicode.Scalar) -> Bool) -> Range<Int> {
    var end = range.lowerBound
    while end < range.upperBound {
      let (scalar, length) = scalar(at: end)
      guard holds(scalar) else { break }
      end += length
    }
    return range.lowerBound..<end
  }

  /// The longest run of scalars to the end of a range that fulfil a condition.
  func suffix(of range: Range<Int>, while holds: (Unicode.Scalar) -> Bool) -> Range<Int> {
    var start = range.upperBound
    while start > range.lowerBound {
      let (scalar, length) = scalar(before: start)
      guard holds(scalar) else { break }
      start -= length
    }
    return start..<range.upperBound
  }

  func hasPrefix(_ prefix: [UInt8], at range: Range<Int>) -> Bool {
    self[range].starts(with: prefix)
  }
}

extension Unicode.Scalar {
  var isWhitespace: Bool { properties.isWhitespace }

  /// What `\w` matches in Unicode Technical Standard 18, annex C.
  var isWordCharacter: Bool {
    if properties.isAlphabetic || properties.isJoinControl { return true }
    return isMark || properties.generalCategory == .decimalNumber
      || properties.generalCategory == .connectorPunctuation
  }

  var isMark: Bool {
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: true
    default: false
    }
  }

  var isNumber: Bool {
    switch properties.generalCategory {
    case .decimalNumber, .letterNumber, .otherNumber: true
    default: false
    }
  }

  var isPunctuation: Bool {
    switch properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      true
    default:
      // ASCII calls its symbols punctuation as well.
      isASCII && "$+<=>^`|~".unicodeScalars.contains(self)
    }
  }
}
