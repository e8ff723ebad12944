internal import CLatentLensKernels

extension Encoding {
  /// IEEE 754 double precision, rounded when it is decoded.
  public static let f64 = unsafe Encoding("f64", bytesPerBlock: 8) { out, source, count in
    // The caller lends `count` elements on both sides; those of files need not be aligned.
    for index in 0..<count {
      unsafe out[index] = Float(
        source.loadUnaligned(fromByteOffset: 8 * index, as: Double.self))
    }
  }

  /// IEEE 754 single precision.
  public static let f32 = unsafe Encoding("f32", bytesPerBlock: 4) { out, source, count in
    // The caller lends `count` elements on both sides.
    unsafe UnsafeMutableRawPointer(out).copyMemory(from: source, byteCount: 4 * count)
  }

  /// IEEE 754 half precision.
  public static let f16 = unsafe Encoding("f16", bytesPerBlock: 2, decode: ll_decode_f16)
  /// The upper half of a single-precision number.
  public static let bf16 = unsafe Encoding("bf16", bytesPerBlock: 2, decode: ll_decode_bf16)
  /// 1 sign, 4 exponent and 3 mantissa bits, without infinities (arXiv 2209.05433).
  public static let f8e4m3 = unsafe Encoding("f8_e4m3", bytesPerBlock: 1, decode: ll_decode_f8e4m3)
  /// 1 sign, 5 exponent and 2 mantissa bits (arXiv 2209.05433).
  public static let f8e5m2 = unsafe Encoding("f8_e5m2", bytesPerBlock: 1, decode: ll_decode_f8e5m2)
}
