/// How the elements of a stored tensor are encoded: in blocks of so many elements and so many bytes,
/// which a function turns into floats.
///
/// The list is open: another encoding is another value, and the line in a file format that names it.
@safe
public struct Encoding: Sendable {
  /// What we call it, in results and errors; two encodings of one name are the same.
  public let name: String
  /// The elements that are encoded together: 1, or more where they share a scale. Rows are whole blocks.
  public let elementsPerBlock: Int
  /// The size of a block.
  public let bytesPerBlock: Int

  // Called with room for as many elements as the blocks have, and with all their bytes, at any alignment.
  package typealias Decoder =
    @Sendable (
      _ out: UnsafeMutablePointer<Float>, _ blocks: UnsafeRawPointer, _ count: Int
    ) -> Void
  package typealias IntegerReader = @Sendable (_ blocks: UnsafeRawPointer, _ count: Int) -> [Int64]

  /// Writes the elements of some blocks as floats.
  package let decode: Decoder
  /// Reads the elements of some blocks as they are, where they are whole numbers.
  package let integers: IntegerReader?

  /// - Parameters:
  ///   - integers: nil for encodings of real numbers.
  ///   - decode: called with a place for the elements, the place of the first block, and the number of
  ///     blocks.
  package init(
    _ name: String, elementsPerBlock: Int = 1, bytesPerBlock: Int, integers: IntegerReader? = nil,
    decode: @escaping Decoder
  ) {
    precondition(elementsPerBlock > 0 && bytesPerBlock > 0, "\(name): blocks of nothing")
    self.name = name
    self.elementsPerBlock = elementsPerBlock
    self.bytesPerBlock = bytesPerBlock
    unsafe self.integers = unsafe integers
    unsafe self.decode = unsafe decode
  }

  /// Whether elements are real numbers, rather than whole ones, which mean nothing without a scale.
  public var isFloatingPoint: Bool { unsafe integers == nil }

  /// The size of a tensor in bytes.
  ///
  /// - Returns: nil if no tensor can have the shape: a negative side, more bytes than can be counted, or
  ///   rows (the last dimension) that are not made of whole blocks.
  public func byteCount(of shape: [Int]) -> Int? {
    let row = shape.last ?? 1
    guard row % elementsPerBlock == 0 else { return nil }
    let sides = shape.dropLast() + [row / elementsPerBlock]
    return sides.reduce(bytesPerBlock) { (product: Int?, side) in
      guard let product, side >= 0 else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: side)
      return overflow ? nil : next
    }
  }
}

extension Encoding: Hashable, CustomStringConvertible {
  public static func == (left: Encoding, right: Encoding) -> Bool { left.name == right.name }
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
  public var description: String { name }
}
