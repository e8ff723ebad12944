/// Reads little-endian numbers and texts from bytes, never past their end.
struct ByteCursor {
  /// The bytes end before what is read does.
  struct End: Error {}

  let bytes: [UInt8]
  private(set) var position: Int

  init(_ bytes: [UInt8], at position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  mutating func take(_ count: Int) throws(End) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - position else { throw End() }
    defer { position += count }
    return bytes[position..<position + count]
  }

  mutating func byte() throws(End) -> UInt8 {
    guard position < bytes.count else { throw End() }
    defer { position += 1 }
    return bytes[position]
  }

  /// An unsigned number of up to 8 bytes.
  mutating func number(_ count: Int) throws(End) -> UInt64 {
    try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A size; one that no memory could hold counts as an end.
  mutating func size(_ count: Int) throws(End) -> Int {
    guard let size = Int(exactly: try number(count)) else { throw End() }
    return size
  }

  mutating func text(_ count: Int) throws(End) -> String {
    String(decoding: try take(count), as: UTF8.self)
  }

  /// The text up to a line feed, which is taken too.
  mutating func line() throws(End) -> String {
    guard let end = bytes[position...].firstIndex(of: 0x0A) else { throw End() }
    defer { position = end + 1 }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }
}
