internal import CLatentLensKernels

extension Matrix {
  /// What rows can be stored as.
  public static let storable: [Encoding] = [.f32, .f16, .bf16, .i8]

  /// The elements as they are stored in a file, row by row, rounded to nearest even.
  ///
  /// - Parameter encoding: one of `storable`. An `i8` row stands for its numbers times its scale, the
  ///   row's largest magnitude divided by 127.
  /// - Returns: the bytes, and for `i8` a scale for each row.
  public func encoded(as encoding: Encoding) -> (bytes: [UInt8], scales: [Float]) {
    precondition(Self.storable.contains(encoding), "rows are never stored as \(encoding)")
    let stride = columns * encoding.bytesPerBlock
    var scales: [Float] = []
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: rows * stride) { buffer, count in
      count = rows * stride
      guard let start = buffer.baseAddress, columns > 0 else {
        scales = Array(repeating: 0, count: encoding == .i8 ? rows : 0)
        return
      }
      for row in 0..<rows {
        let target = unsafe UnsafeMutableRawPointer(start + row * stride)
        let source = unsafe base + row * columns
        switch encoding {
        case .f16: unsafe ll_encode_f16(target, source, columns)
        case .bf16: unsafe ll_encode_bf16(target, source, columns)
        case .i8: scales.append(unsafe ll_encode_i8(target, source, columns))
        default: unsafe target.copyMemory(from: source, byteCount: stride)
        }
      }
    }
    return (bytes, scales)
  }
}
