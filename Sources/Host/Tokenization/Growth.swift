internal import LatentLensFormats

// What a tokenizer makes of a text is bounded before it is used: a few replacements, one behind the other, could
// make a byte fill any memory.

/// The most times as long as it was that a text may become.
private let mostGrowth = 4096.0

extension JSONNode {
  /// Makes sure that texts stay within bounds.
  func requireModest(_ growth: Double) throws(JSONError) {
    guard growth <= mostGrowth else {
      throw error("could make texts more than \(Int(mostGrowth)) times as long")
    }
  }
}

extension Matcher {
  /// How many times as long a text becomes, at most, whose matches are replaced.
  func growth(replacing replacement: [UInt8]) -> Double {
    switch self {
    case .literal(let literal): max(1, Double(replacement.count) / Double(literal.count))
    // A match may be empty, or a single byte.
    case .regex, .scalars: 1 + Double(replacement.count)
    }
  }
}

extension Normalizer {
  /// How many times as long a text becomes, at most.
  var growth: Double {
    switch self {
    // U+FDFA: 3 bytes that become 33.
    case .form: 11
    case .lowercase: 2
    case .stripAccents, .strip: 1
    case .replace(let matcher, let replacement): matcher.growth(replacing: replacement)
    case .prepend(let prefix): 1 + Double(prefix.count)
    case .byteLevel: 2
    case .sequence(let normalizers): normalizers.reduce(1) { $0 * $1.growth }
    }
  }
}

extension Decoder {
  /// How many times as long a text becomes, at most.
  var growth: Double {
    switch self {
    case .byteLevel, .byteFallback: 3
    case .metaspace, .fuse, .strip: 1
    case .replace(let matcher, let replacement): matcher.growth(replacing: replacement)
    case .sequence(let decoders): decoders.reduce(1) { $0 * $1.growth }
    }
  }
}
