internal import LatentLensTensors

/// Reads the header of a GGUF file front to back, never past the file's end.
struct GGUFCursor {
  let file: MappedFile
  private(set) var position = 0
  /// What is read, for errors.
  var place = "its header"

  // A copy of the bytes from here on: one for many numbers and short texts.
  private var window: [UInt8] = []
  private var windowStart = 0
  private static let windowSize = 1 << 16

  init(_ file: MappedFile) { self.file = file }

  var remaining: Int { file.count - position }

  func error(_ problem: GGUFProblem) -> GGUFError {
    GGUFError(path: file.path, problem: problem)
  }

  func damage(_ reason: String) -> GGUFError {
    error(.header(place, reason: reason, byte: position))
  }

  mutating func take(_ count: Int) throws(GGUFError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else { throw error(.ends(in: place, byte: file.count)) }
    if position < windowStart || position + count > windowStart + window.count {
      let size = min(remaining, max(count, Self.windowSize))
      window = file.bytes(position..<position + size)
      windowStart = position
    }
    let first = position - windowStart
    position += count
    return window[first..<first + count]
  }

  /// An unsigned number of up to 8 bytes.
  mutating func number(_ count: Int) throws(GGUFError) -> UInt64 {
    var number: UInt64 = 0
    for byte in try take(count).reversed() { number = number << 8 | UInt64(byte) }
    return number
  }

  mutating func word() throws(GGUFError) -> UInt32 { UInt32(truncatingIfNeeded: try number(4)) }

  /// A number of things that take at least so many bytes each, of which the file must have enough.
  mutating func count(of things: String, least size: Int) throws(GGUFError) -> Int {
    let number = try number(8)
    guard number <= UInt64(remaining / size) else {
      throw damage("has \(number) \(things), more than the file could hold")
    }
    return Int(number)
  }

  mutating func text() throws(GGUFError) -> String {
    let count = try count(of: "bytes of text", least: 1)
    guard let text = String(validating: try take(count), as: UTF8.self) else {
      throw damage("has a text that is not UTF-8")
    }
    return text
  }

  private static let deepest = 8

  /// A value with its kind in front.
  mutating func value() throws(GGUFError) -> GGUFValue { try value(of: kind(), depth: 0) }

  private mutating func kind() throws(GGUFError) -> GGUFKind {
    let number = try word()
    guard let kind = GGUFKind(rawValue: number) else {
      throw damage("has a value of the unknown kind \(number)")
    }
    return kind
  }

  private mutating func value(of kind: GGUFKind, depth: Int) throws(GGUFError) -> GGUFValue {
    switch kind {
    case .uint8, .uint16, .uint32, .uint64: return .unsigned(try number(kind.leastSize))
    case .int8: return .signed(Int64(Int8(truncatingIfNeeded: try number(1))))
    case .int16: return .signed(Int64(Int16(truncatingIfNeeded: try number(2))))
    case .int32: return .signed(Int64(Int32(truncatingIfNeeded: try number(4))))
    case .int64: return .signed(Int64(bitPattern: try number(8)))
    case .float32: return .real(Double(Float(bitPattern: try word())))
    case .float64: return .real(Double(bitPattern: try number(8)))
    case .string: return .string(try text())
    case .bool:
      let number = try number(1)
      guard number < 2 else { throw damage("has the truth value \(number)") }
      return .bool(number == 1)
    case .array:
      guard depth < Self.deepest else {
        throw damage("has arrays more than \(Self.deepest) deep within each other")
      }
      let kind = try self.kind()
      let count = try count(of: "elements", least: kind.leastSize)
      var elements: [GGUFValue] = []
      elements.reserveCapacity(count)
      for _ in 0..<count { elements.append(try value(of: kind, depth: depth + 1)) }
      return .array(elements)
    }
  }
}
