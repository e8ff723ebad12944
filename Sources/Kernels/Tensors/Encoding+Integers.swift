internal import CLatentLensKernels

extension Encoding {
  public static let i64 = unsafe whole("i64", Int64.self)
  public static let i32 = unsafe whole("i32", Int32.self)
  public static let i16 = unsafe whole("i16", Int16.self)
  public static let i8 = unsafe whole("i8", Int8.self, decode: ll_decode_i8)
  public static let u8 = unsafe whole("u8", UInt8.self)
  /// A byte that is 0 or 1.
  public static let bool = unsafe whole("bool", UInt8.self)

  /// Little-endian whole numbers.
  ///
  /// - Parameter decode: nil takes them one by one, which is enough for what is no weight.
  private static func whole<Number: FixedWidthInteger & BitwiseCopyable & Sendable>(
    _ name: String, _: Number.Type, decode: Decoder? = nil
  ) -> Encoding {
    let stride = MemoryLayout<Number>.stride
    // The callers lend `count` elements; those of files need not be aligned.
    return unsafe Encoding(
      name, bytesPerBlock: stride,
      integers: { source, count in
        (0..<count).map { index in
          unsafe Int64(source.loadUnaligned(fromByteOffset: index * stride, as: Number.self))
        }
      },
      decode: decode ?? { out, source, count in
        for index in 0..<count {
          unsafe out[index] = Float(
            source.loadUnaligned(fromByteOffset: index * stride, as: Number.self))
        }
      })
  }
}
