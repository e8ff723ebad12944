/// Text on its way to becoming tokens: UTF-8, where each byte knows the bytes of the original text
/// that it stands for.
struct AlignedText: Sendable {
  private(set) var bytes: [UInt8]
  /// For each byte a range of the original text; empty for what a tokenizer has put in.
  private(set) var origins: [Range<Int>]

  /// A part of the original text, unchanged.
  init(_ original: [UInt8], range: Range<Int>) {
    bytes = Array(original[range])
    origins = range.map { $0..<$0 + 1 }
  }

  fileprivate init(capacity: Int) {
    bytes = []
    origins = []
    bytes.reserveCapacity(capacity)
    origins.reserveCapacity(capacity)
  }

  var all: Range<Int> { 0..<bytes.count }

  /// The smallest range of the original text that covers a range of this one.
  func origin(of range: Range<Int>) -> Range<Int> {
    guard let last = range.last else {
      let position =
        range.lowerBound < origins.count
        ? origins[range.lowerBound].lowerBound : origins.last?.upperBound ?? 0
      return position..<position
    }
    let start = origins[range.lowerBound].lowerBound
    return start..<max(start, origins[last].upperBound)
  }

  fileprivate mutating func append(_ byte: UInt8, from origin: Range<Int>) {
    bytes.append(byte)
    origins.append(origin)
  }

  fileprivate mutating func append(_ range: Range<Int>, of text: AlignedText) {
    bytes.append(contentsOf: text.bytes[range])
    origins.append(contentsOf: text.origins[range])
  }
}

/// A text being written anew from another one, from front to back, which keeps the alignment.
struct Rewrite {
  let source: AlignedText
  private(set) var result: AlignedText

  init(_ source: AlignedText) {
    self.source = source
    result = AlignedText(capacity: source.bytes.count + source.bytes.count / 4)
  }

  /// Copies a range of the source.
  mutating func keep(_ range: Range<Int>) {
    result.append(range, of: source)
  }

  /// Writes bytes that stand for a range of the source; for an empty range, bytes that stand for
  /// nothing at that place.
  mutating func replace(_ range: Range<Int>, with bytes: some Sequence<UInt8>) {
    let origin = source.origin(of: range)
    for byte in bytes { result.append(byte, from: origin) }
  }
}

extension AlignedText {
  /// Writes the whole text anew.
  mutating func rewrite(_ body: (inout Rewrite) -> Void) {
    var rewrite = Rewrite(self)
    body(&rewrite)
    self = rewrite.result
  }

  /// Maps each scalar, with its range, to the bytes that replace it, or to nil to keep it.
  mutating func rewriteScalars(_ map: (Unicode.Scalar) -> [UInt8]?) {
    rewrite { rewrite in
      var index = 0
      while index < rewrite.source.bytes.count {
        let (scalar, length) = rewrite.source.bytes.scalar(at: index)
        let range = index..<index + length
        if let replacement = map(scalar) {
          rewrite.replace(range, with: replacement)
        } else {
          rewrite.keep(range)
        }
        index += length
      }
    }
  }
}
