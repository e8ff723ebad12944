import CLatentLensKernels
import LatentLensTensors
import Testing

/// Conversions between storage types and floats, against torch, the standard library and each other.
@Suite struct StorageKernelTests {
  private static func floats(_ bytes: [UInt8], as type: Encoding) -> [Float] {
    Weight(name: "w", bytes: bytes, encoding: type, shape: [bytes.count / type.bytesPerBlock])
      .floats()
  }

  private static func bytes<Number: BitwiseCopyable>(_ numbers: [Number]) -> [UInt8] {
    unsafe numbers.withUnsafeBytes { unsafe Array($0) }
  }

  private static func sameBits(_ left: [Float], _ right: [Float]) -> Bool {
    left.count == right.count
      && zip(left, right).allSatisfy { $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN) }
  }

  @Test(arguments: [Encoding.f8e4m3, .f8e5m2])
  func everyFloat8IsWhatTorchSays(type: Encoding) throws {
    let expected = try Fixture("storage")[type == .f8e4m3 ? "f8e4m3" : "f8e5m2"]
    #expect(Self.sameBits(Self.floats((0...255).map { UInt8($0) }, as: type), expected))
  }

  @Test func everyHalfIsWhatTheStandardLibrarySays() {
    let bits = (0...UInt16.max).map { $0 }
    let halves = Self.floats(Self.bytes(bits), as: .f16)
    #expect(Self.sameBits(halves, bits.map { Float(Float16(bitPattern: $0)) }))
    let brains = Self.floats(Self.bytes(bits), as: .bf16)
    #expect(Self.sameBits(brains, bits.map { Float(bitPattern: UInt32($0) << 16) }))
  }

  @Test func wholeNumbersAndDoublesConvert() {
    #expect(Self.floats([0, 1, 127, 128, 255], as: .i8) == [0, 1, 127, -128, -1])
    #expect(Self.floats([0, 1, 128, 255], as: .u8) == [0, 1, 128, 255])
    #expect(Self.floats(Self.bytes([Int16(-3), 300]), as: .i16) == [-3, 300])
    #expect(Self.floats(Self.bytes([Int32(-70000), 5]), as: .i32) == [-70000, 5])
    #expect(Self.floats(Self.bytes([Int64(-7), 1 << 40]), as: .i64) == [-7, 1_099_511_627_776])
    #expect(Self.floats(Self.bytes([0.1, -2.5]), as: .f64) == [0.1, -2.5])
    let weight = Weight(
      name: "w", bytes: Self.bytes([Int64(-7), 1 << 40]), encoding: .i64, shape: [2])
    #expect(weight.integers() == [-7, 1 << 40])
  }

  typealias Decoder = @Sendable (UnsafeMutablePointer<Float>?, UnsafeRawPointer?, Int) -> Void

  @Test func decodersAgreeAtEveryLengthAndAlignment() {
    func lanes(_ kernels: [Decoder], bytes width: Int, _ name: String) {
      let variants = unsafe Variants(kernels) { (kernel: @escaping Decoder) in
        { (bytes: [UInt8], skip: Int) -> [Float] in
          let count = (bytes.count - skip) / width
          return unsafe misaligned(Array(repeating: 0, count: count)) { out in
            unsafe bytes.withUnsafeBytes {
              unsafe kernel(out, $0.baseAddress.map { unsafe $0 + skip }, count)
            }
          }
        }
      }
      var random = Randomness()
      for length in lengths {
        let bytes = (0..<length * width + 1).map { _ in UInt8.random(in: 0...255, using: &random) }
        for variant in variants.available {
          #expect(
            Self.sameBits(variant(bytes, 1), variants.plain(bytes, 1)), "\(name), length \(length)")
        }
      }
    }
    unsafe lanes(
      [
        ll_decode_f16_plain, ll_decode_f16, ll_decode_f16_baseline, ll_decode_f16_avx2,
        ll_decode_f16_avx512,
      ],
      bytes: 2, "f16")
    unsafe lanes(
      [
        ll_decode_bf16_plain, ll_decode_bf16, ll_decode_bf16_baseline, ll_decode_bf16_avx2,
        ll_decode_bf16_avx512,
      ],
      bytes: 2, "bf16")
    unsafe lanes(
      [
        ll_decode_f8e4m3_plain, ll_decode_f8e4m3, ll_decode_f8e4m3_baseline, ll_decode_f8e4m3_avx2,
        ll_decode_f8e4m3_avx512,
      ],
      bytes: 1, "f8e4m3")
    unsafe lanes(
      [
        ll_decode_f8e5m2_plain, ll_decode_f8e5m2, ll_decode_f8e5m2_baseline, ll_decode_f8e5m2_avx2,
        ll_decode_f8e5m2_avx512,
      ],
      bytes: 1, "f8e5m2")
    unsafe lanes(
      [
        ll_decode_i8_plain, ll_decode_i8, ll_decode_i8_baseline, ll_decode_i8_avx2,
        ll_decode_i8_avx512,
      ],
      bytes: 1, "i8")
  }

  typealias Encoder = @Sendable (UnsafeMutableRawPointer?, UnsafePointer<Float>?, Int) -> Void

  @Test func encodersAgreeAtEveryLength() {
    func lanes(_ kernels: [Encoder], _ expected: (Float) -> UInt16) {
      let variants = unsafe Variants(kernels) { (kernel: @escaping Encoder) in
        { (values: [Float]) -> [UInt16] in
          var out = Array(repeating: UInt16(0), count: values.count)
          unsafe kernel(&out, values, values.count)
          return out
        }
      }
      var random = Randomness()
      for length in lengths {
        let values = random.floats(length).map { $0 * .random(in: 0...70000, using: &random) }
        #expect(variants.plain(values) == values.map(expected))
        for variant in variants.available { #expect(variant(values) == variants.plain(values)) }
      }
      let extremes: [Float] = [
        0, -0.0, .infinity, -.infinity, 65504, 65519.996, 65520, 65536, 6e-8, 2.98e-8, 2.99e-8,
        6e-5,
        6.1035e-5, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 1.0009765, 1.00048828125,
      ]
      for variant in variants.available { #expect(variant(extremes) == extremes.map(expected)) }
    }
    unsafe lanes(
      [
        ll_encode_f16_plain, ll_encode_f16, ll_encode_f16_baseline, ll_encode_f16_avx2,
        ll_encode_f16_avx512,
      ]
    ) { Float16($0).bitPattern }
    unsafe lanes(
      [
        ll_encode_bf16_plain, ll_encode_bf16, ll_encode_bf16_baseline, ll_encode_bf16_avx2,
        ll_encode_bf16_avx512,
      ]
    ) { value in
      let bits = value.bitPattern
      return UInt16(truncatingIfNeeded: (UInt64(bits) + 0x7FFF + UInt64(bits >> 16 & 1)) >> 16)
    }
  }

  @Test func encodedRowsAreWhatTorchSays() throws {
    let fixture = try Fixture("storage")
    let matrix = Matrix(rows: 1, columns: 64, values: try fixture["values"])
    for (type, name) in [(Encoding.f16, "f16"), (.bf16, "bf16")] {
      let bytes = matrix.encoded(as: type).bytes
      let halves = stride(from: 0, to: bytes.count, by: 2).map {
        Float(UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
      }
      let expected = try fixture[name]
      #expect(halves == expected)
    }
    #expect(Self.floats(matrix.encoded(as: .f32).bytes, as: .f32) == matrix.values())
  }

  @Test func int8RowsHaveTheScaleOfTheirLargest() {
    let matrix = Matrix(rows: 3, columns: 3, values: [1, -2, 0.5, 0, 0, 0, 127, 63.5, -64.5])
    let (bytes, scales) = matrix.encoded(as: .i8)
    #expect(scales == [2.0 / 127, 0, 1])
    #expect(bytes.map { Int8(bitPattern: $0) } == [64, -127, 32, 0, 0, 0, 127, 64, -64])
  }

  @Test func notANumberStaysOne() {
    let nan = Matrix(rows: 1, columns: 2, values: [.nan, Float(bitPattern: 0xFFFF_FFFF)])
    for type in [Encoding.f16, .bf16] {
      let back = Self.floats(nan.encoded(as: type).bytes, as: type)
      #expect(!back.contains { !$0.isNaN })
    }
  }
}
