internal import Foundation

/// The normalization forms of Unicode Standard Annex 15.
///
/// Foundation knows the mappings of single characters; ordering and composing are done here, since on
/// Linux it does not compose Hangul and misplaces some marks.
enum UnicodeForm: Sendable {
  case nfc, nfd, nfkc, nfkd

  func normalize(_ text: inout AlignedText) {
    guard text.bytes.contains(where: { $0 >= 0x80 }) else { return }
    // Composition behind a compatibility mapping may reach over characters (halfwidth Hangul); each
    // of the two by itself does not.
    if self == .nfkc { UnicodeForm.nfkd.normalize(&text) }
    var known = ByteStringTable()
    var replacements: [[UInt8]?] = []
    text.rewrite { rewrite in
      var index = 0
      for character in String(decoding: rewrite.source.bytes, as: UTF8.self) {
        let range = index..<index + character.utf8.count
        index = range.upperBound
        let (number, isNew) = known.insert(rewrite.source.bytes.span.extracting(range))
        if isNew { replacements.append(replacement(of: character)) }
        if let replacement = replacements[number] {
          rewrite.replace(range, with: replacement)
        } else {
          rewrite.keep(range)
        }
      }
    }
  }

  /// The normalized form of a character, or nil if it is normalized.
  private func replacement(of character: Character) -> [UInt8]? {
    if character.isASCII || self == .nfc && Self.isComposed(character) { return nil }
    var scalars = character.unicodeScalars.flatMap(decomposed)
    Self.order(&scalars)
    if self == .nfc || self == .nfkc { Self.compose(&scalars) }
    guard !scalars.elementsEqual(character.unicodeScalars) else { return nil }
    return scalars.flatMap { Array(String($0).utf8) }
  }

  /// Whether a character is one scalar that its decomposition would compose to again.
  private static func isComposed(_ character: Character) -> Bool {
    let scalars = character.unicodeScalars
    return scalars.dropFirst().isEmpty
      && scalars.first?.properties.isFullCompositionExclusion == false
  }

  private func decomposed(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    let string = String(scalar)
    let decomposed =
      self == .nfkd
      ? string.decomposedStringWithCompatibilityMapping
      : string.decomposedStringWithCanonicalMapping
    return Array(decomposed.unicodeScalars)
  }

  /// Sorts each run of marks by combining class, equal ones as they stand.
  private static func order(_ scalars: inout [Unicode.Scalar]) {
    var start = 0
    while start < scalars.count {
      guard scalars[start].combiningClass > 0 else {
        start += 1
        continue
      }
      let end = scalars[start...].firstIndex { $0.combiningClass == 0 } ?? scalars.count
      let marks = scalars[start..<end].enumerated().sorted {
        ($0.element.combiningClass, $0.offset) < ($1.element.combiningClass, $1.offset)
      }
      scalars.replaceSubrange(start..<end, with: marks.map(\.element))
      start = end
    }
  }

  /// Joins each scalar to the last starter before it that it composes with, unless another one in
  /// between blocks it.
  private static func compose(_ scalars: inout [Unicode.Scalar]) {
    var result: [Unicode.Scalar] = []
    var starter: Int?
    for scalar in scalars {
      let combiningClass = scalar.combiningClass
      if let starter {
        let isAdjacent = starter == result.count - 1
        let isBlocked = !isAdjacent && result[result.count - 1].combiningClass >= combiningClass
        if !isBlocked, let composite = composite(result[starter], scalar) {
          result[starter] = composite
          continue
        }
      }
      if combiningClass == 0 { starter = result.count }
      result.append(scalar)
    }
    scalars = result
  }

  private static func composite(
    _ first: Unicode.Scalar, _ second: Unicode.Scalar
  ) -> Unicode.Scalar? {
    switch first.value {
    case 0x1100..<0x1200, 0xAC00..<0xD7A4:
      return hangul(first.value, second.value).flatMap(Unicode.Scalar.init)
    default: break
    }
    // Foundation composes what is wholly decomposed.
    let pair = String(first).decomposedStringWithCanonicalMapping + String(second)
    let composed = pair.precomposedStringWithCanonicalMapping.unicodeScalars
    return composed.count == 1 ? composed.first : nil
  }

  /// The syllable of a leading consonant and a vowel, or of such a syllable and a trailing consonant
  /// (the Unicode Standard, section 3.12).
  private static func hangul(_ first: UInt32, _ second: UInt32) -> UInt32? {
    if (0x1100..<0x1113).contains(first), (0x1161..<0x1176).contains(second) {
      return 0xAC00 + ((first - 0x1100) * 21 + (second - 0x1161)) * 28
    }
    if (0xAC00..<0xD7A4).contains(first), (first - 0xAC00) % 28 == 0,
      (0x11A8..<0x11C3).contains(second)
    {
      return first + second - 0x11A7
    }
    return nil
  }
}

extension Unicode.Scalar {
  fileprivate var combiningClass: UInt8 { properties.canonicalCombiningClass.rawValue }
}
