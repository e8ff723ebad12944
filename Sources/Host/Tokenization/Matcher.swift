internal import LatentLensFormats

/// What splitting and replacing look for in a text.
enum Matcher: Sendable {
  case regex(Pattern)
  case literal([UInt8])
  case scalars(@Sendable (Unicode.Scalar) -> Bool)

  /// Reads `{"Regex": "…"}` or `{"String": "…"}`.
  init(_ node: JSONNode) throws {
    if let expression = node["Regex"] {
      self = .regex(try Self.compile(expression))
    } else if let literal = node["String"] {
      let bytes = Array(try literal.string().utf8)
      // An empty text matches between any two scalars, which is the empty expression's business.
      self = bytes.isEmpty ? .regex(try Self.compile(literal)) : .literal(bytes)
    } else {
      throw node.unsupported("this pattern", supported: ["`String`", "`Regex`"])
    }
  }

  private static func compile(_ node: JSONNode) throws -> Pattern {
    let expression = try node.string()
    do throws(Pattern.Failure) {
      return try Pattern(expression)
    } catch {
      throw node.error("is not a regular expression that can be used here: \(error.reason)")
    }
  }

  /// The matches in a range of valid UTF-8, from left to right, without overlap.
  func matches(in text: [UInt8], range: Range<Int>) -> [Range<Int>] {
    switch self {
    case .regex(let pattern): pattern.matches(in: text, range: range)
    case .literal(let bytes): Self.occurrences(of: bytes, in: text, range: range)
    case .scalars(let holds): Self.scalars(in: text, range: range, where: holds)
    }
  }

  private static func occurrences(
    of literal: [UInt8], in text: [UInt8], range: Range<Int>
  ) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var index = range.lowerBound
    while index <= range.upperBound - literal.count {
      if text[index] == literal[0], text[index..<index + literal.count].elementsEqual(literal) {
        found.append(index..<index + literal.count)
        index += literal.count
      } else {
        index += 1
      }
    }
    return found
  }

  private static func scalars(
    in text: [UInt8], range: Range<Int>, where holds: (Unicode.Scalar) -> Bool
  ) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var index = range.lowerBound
    while index < range.upperBound {
      let (scalar, length) = text.scalar(at: index)
      if holds(scalar) { found.append(index..<index + length) }
      index += length
    }
    return found
  }
}
