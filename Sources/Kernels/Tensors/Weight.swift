/// A tensor as it is stored: name, shape, encoding, and bytes inside a mapped file.
///
/// Copying a weight copies no data; the file stays mapped as long as any weight needs it. Elements
/// are row-major and little-endian, at any alignment, and rows are whole blocks of the encoding.
public struct Weight: Sendable {
  /// The tensor's name in its file.
  public let name: String
  public let shape: [Int]
  public let encoding: Encoding
  package let file: MappedFile
  package let offset: Int

  /// A tensor in a file, whose reader has checked that the encoding can have the shape and that the
  /// bytes are there.
  package init(name: String, shape: [Int], encoding: Encoding, file: MappedFile, offset: Int) {
    self.name = name
    self.shape = shape
    self.encoding = encoding
    self.file = file
    self.offset = offset
    let size = encoding.byteCount(of: shape)
    precondition(size != nil, "\(name): no tensor of \(encoding) can be \(shape)")
    precondition(
      size.map { offset >= 0 && offset <= file.count && $0 <= file.count - offset } ?? false,
      "\(name): \(shape) does not fit into \(file.path)")
  }

  /// A tensor made of values, in memory.
  public init(name: String, floats: [Float], shape: [Int]) {
    let count = shape.reduce(1, *)
    precondition(floats.count == count, "\(name): \(floats.count) values for the shape \(shape)")
    let file = unsafe MappedFile(zeros: count * 4) { bytes in
      unsafe floats.withUnsafeBytes { unsafe bytes.copyMemory(from: $0) }
    }
    self.init(name: name, shape: shape, encoding: .f32, file: file, offset: 0)
  }

  /// A tensor made of encoded elements, in memory.
  public init(name: String, bytes: [UInt8], encoding: Encoding, shape: [Int]) {
    precondition(
      bytes.count == encoding.byteCount(of: shape),
      "\(name): \(bytes.count) bytes for \(shape) \(encoding)")
    let file = unsafe MappedFile(zeros: bytes.count) { memory in
      unsafe bytes.withUnsafeBytes { unsafe memory.copyMemory(from: $0) }
    }
    self.init(name: name, shape: shape, encoding: encoding, file: file, offset: 0)
  }

  /// Stands in for a tensor that is missing, in a model that is described but never run: zeros that take
  /// no memory, whatever size a damaged configuration asks for.
  public static func zeros(_ name: String, _ shape: [Int]) -> Weight {
    Weight(standingInFor: name, shape: shape)
  }

  private init(standingInFor name: String, shape: [Int]) {
    self.name = name
    self.shape = shape
    encoding = .f32
    file = unsafe MappedFile(zeros: 0)
    offset = 0
  }

  /// Whether there are no bytes behind the shape.
  package var isStandIn: Bool { file.count == 0 && count > 0 }

  /// The number of elements; as many as can be counted for an absurd shape.
  public var count: Int { Self.product(shape) }

  private static func product(_ shape: [Int]) -> Int {
    shape.reduce(1) { product, side in
      let (next, overflow) = product.multipliedReportingOverflow(by: side)
      return overflow ? .max : next
    }
  }

  /// The size of all elements in bytes; as many as can be counted for an absurd shape.
  public var byteCount: Int { encoding.byteCount(of: shape) ?? .max }

  /// A copy of some of the stored bytes.
  public func bytes(_ range: Range<Int>) -> [UInt8] {
    precondition(0 <= range.lowerBound && range.upperBound <= byteCount, "\(name): no such bytes")
    return file.bytes(offset + range.lowerBound..<offset + range.upperBound)
  }

  /// Some of the rows (indices of the first dimension), without a copy.
  public func rows(_ range: Range<Int>) -> Weight {
    precondition(
      !shape.isEmpty && 0 <= range.lowerBound && range.upperBound <= shape[0],
      "\(name): rows \(range) of \(shape)")
    guard !isStandIn else { return .zeros(name, [range.count] + shape.dropFirst()) }
    let before = encoding.byteCount(of: [range.lowerBound] + shape.dropFirst())
    precondition(before != nil, "\(name): rows \(range) begin within a block of \(encoding)")
    return Weight(
      name: name, shape: [range.count] + shape.dropFirst(), encoding: encoding, file: file,
      offset: offset + (before ?? 0))
  }

  /// A copy of the rows (indices of the first dimension) in another order, in memory.
  public func rows(inOrder order: [Int]) -> Weight {
    precondition(
      !shape.isEmpty && order.count == shape[0] && order.allSatisfy { 0..<shape[0] ~= $0 },
      "\(name): not an order of the rows of \(shape)")
    let size = encoding.byteCount(of: [1] + shape.dropFirst())
    precondition(size != nil, "\(name): rows begin within a block of \(encoding)")
    let (source, stride) = (self, size ?? 0)
    let memory = unsafe MappedFile(zeros: order.count * stride) { bytes in
      unsafe source.file.withBytes { stored in
        for (row, origin) in order.enumerated() {
          // Both ranges lie within rows that were checked.
          let first = source.offset + origin * stride
          unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[row * stride..<(row + 1) * stride])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: stored[first..<first + stride]))
        }
      }
    }
    return Weight(name: name, shape: shape, encoding: encoding, file: memory, offset: 0)
  }

  /// The same tensor under another name.
  public func named(_ name: String) -> Weight {
    guard !isStandIn else { return .zeros(name, shape) }
    return Weight(name: name, shape: shape, encoding: encoding, file: file, offset: offset)
  }

  /// The same elements in another shape of the same count.
  public func reshaped(_ shape: [Int]) -> Weight {
    precondition(Self.product(shape) == count, "\(name): \(self.shape) is not \(shape)")
    guard !isStandIn else { return .zeros(name, shape) }
    return Weight(name: name, shape: shape, encoding: encoding, file: file, offset: offset)
  }
}
