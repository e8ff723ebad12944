/// The 256 visible scalars by which byte-level vocabularies write bytes (GPT-2's alphabet).
///
/// A byte that is visible in Latin-1 stands for itself; the others follow from U+0100 in their order.
enum ByteAlphabet {
  /// The scalar of each byte.
  static let scalars: [UInt16] = {
    var next: UInt16 = 0x100
    return (0..<256).map { (byte: UInt16) in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return byte
      default:
        defer { next += 1 }
        return next
      }
    }
  }()

  /// The byte of each scalar, or nil below U+0144 where it is none of them.
  private static let bytes: [UInt8?] = {
    var bytes = [UInt8?](repeating: nil, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = UInt8(byte) }
    return bytes
  }()

  /// Writes each byte of a range in the alphabet.
  static func spell(_ range: Range<Int>, in rewrite: inout Rewrite) {
    for index in range {
      let scalar = scalars[Int(rewrite.source.bytes[index])]
      let byte = index..<index + 1
      if scalar < 0x80 {
        rewrite.replace(byte, with: CollectionOfOne(UInt8(scalar)))
      } else {
        rewrite.replace(byte, with: [0xC0 | UInt8(scalar >> 6), 0x80 | UInt8(scalar & 0x3F)])
      }
    }
  }

  /// The bytes that a piece in the alphabet stands for, or nil if a scalar is foreign to it.
  static func bytes(of piece: [UInt8]) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(piece.count)
    var index = 0
    while index < piece.count {
      let (scalar, length) = piece.scalar(at: index)
      guard scalar.value < bytes.count, let byte = bytes[Int(scalar.value)] else { return nil }
      result.append(byte)
      index += length
    }
    return result
  }
}
