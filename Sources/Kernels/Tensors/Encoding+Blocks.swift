internal import CLatentLensKernels

// What llama.cpp calls these; decoded they are the same bits as there.
extension Encoding {
  /// 4 bits and a scale for 32.
  public static let q40 = unsafe of32("q4_0", bytes: 18, ll_decode_q4_0)
  /// 4 bits, a scale and an offset for 32.
  public static let q41 = unsafe of32("q4_1", bytes: 20, ll_decode_q4_1)
  /// 5 bits and a scale for 32.
  public static let q50 = unsafe of32("q5_0", bytes: 22, ll_decode_q5_0)
  /// 5 bits, a scale and an offset for 32.
  public static let q51 = unsafe of32("q5_1", bytes: 24, ll_decode_q5_1)
  /// 8 bits and a scale for 32.
  public static let q80 = unsafe of32("q8_0", bytes: 34, ll_decode_q8_0)

  /// 2 bits, scales and offsets of 16 for 256.
  public static let q2K = unsafe of256("q2_k", bytes: 84, ll_decode_q2_k)
  /// 3 bits and scales of 16 for 256.
  public static let q3K = unsafe of256("q3_k", bytes: 110, ll_decode_q3_k)
  /// 4 bits, scales and offsets of 32 for 256.
  public static let q4K = unsafe of256("q4_k", bytes: 144, ll_decode_q4_k)
  /// 5 bits, scales and offsets of 32 for 256.
  public static let q5K = unsafe of256("q5_k", bytes: 176, ll_decode_q5_k)
  /// 6 bits and scales of 16 for 256.
  public static let q6K = unsafe of256("q6_k", bytes: 210, ll_decode_q6_k)

  private static func of32(_ name: String, bytes: Int, _ decode: @escaping Decoder) -> Encoding {
    unsafe Encoding(name, elementsPerBlock: 32, bytesPerBlock: bytes, decode: decode)
  }

  private static func of256(_ name: String, bytes: Int, _ decode: @escaping Decoder) -> Encoding {
    unsafe Encoding(name, elementsPerBlock: 256, bytesPerBlock: bytes, decode: decode)
  }
}
