import CLatentLensKernels
import LatentLensTensors
import Testing

/// Blocks of llama.cpp: every variant gives the bits of the plain one, wherever blocks lie.
///
/// What the plain ones give is held against the `gguf` package in `GGUFTests`.
@Suite struct BlockKernelTests {
  typealias Decoder = @Sendable (UnsafeMutablePointer<Float>?, UnsafeRawPointer?, Int) -> Void

  private func agree(_ encoding: Encoding, _ kernels: [Decoder]) {
    let (width, size) = (encoding.elementsPerBlock, encoding.bytesPerBlock)
    let variants = unsafe Variants(kernels) { (kernel: @escaping Decoder) in
      { (bytes: [UInt8], skip: Int) -> [UInt32] in
        let count = (bytes.count - skip) / size
        return unsafe misaligned(Array(repeating: 0, count: count * width)) { out in
          unsafe bytes.withUnsafeBytes {
            unsafe kernel(out, $0.baseAddress.map { unsafe $0 + skip }, count)
          }
        }.map { $0.isNaN ? 0x7FC0_0000 : $0.bitPattern }
      }
    }
    var random = Randomness()
    for count in [1, 2, 3, 17] {
      let bytes = (0..<count * size + 1).map { _ in UInt8.random(in: 0...255, using: &random) }
      let plain = variants.plain(bytes, 1)
      for variant in variants.available {
        #expect(variant(bytes, 1) == plain, "\(encoding), \(count) blocks")
      }
    }
  }

  @Test func variantsAgreeOnBlocksOf32() {
    unsafe agree(
      .q40,
      [
        ll_decode_q4_0_plain, ll_decode_q4_0, ll_decode_q4_0_baseline, ll_decode_q4_0_avx2,
        ll_decode_q4_0_avx512,
      ])
    unsafe agree(
      .q41,
      [
        ll_decode_q4_1_plain, ll_decode_q4_1, ll_decode_q4_1_baseline, ll_decode_q4_1_avx2,
        ll_decode_q4_1_avx512,
      ])
    unsafe agree(
      .q50,
      [
        ll_decode_q5_0_plain, ll_decode_q5_0, ll_decode_q5_0_baseline, ll_decode_q5_0_avx2,
        ll_decode_q5_0_avx512,
      ])
    unsafe agree(
      .q51,
      [
        ll_decode_q5_1_plain, ll_decode_q5_1, ll_decode_q5_1_baseline, ll_decode_q5_1_avx2,
        ll_decode_q5_1_avx512,
      ])
    unsafe agree(
      .q80,
      [
        ll_decode_q8_0_plain, ll_decode_q8_0, ll_decode_q8_0_baseline, ll_decode_q8_0_avx2,
        ll_decode_q8_0_avx512,
      ])
  }

  @Test func variantsAgreeOnBlocksOf256() {
    unsafe agree(
      .q2K,
      [
        ll_decode_q2_k_plain, ll_decode_q2_k, ll_decode_q2_k_baseline, ll_decode_q2_k_avx2,
        ll_decode_q2_k_avx512,
      ])
    unsafe agree(
      .q3K,
      [
        ll_decode_q3_k_plain, ll_decode_q3_k, ll_decode_q3_k_baseline, ll_decode_q3_k_avx2,
        ll_decode_q3_k_avx512,
      ])
    unsafe agree(
      .q4K,
      [
        ll_decode_q4_k_plain, ll_decode_q4_k, ll_decode_q4_k_baseline, ll_decode_q4_k_avx2,
        ll_decode_q4_k_avx512,
      ])
    unsafe agree(
      .q5K,
      [
        ll_decode_q5_k_plain, ll_decode_q5_k, ll_decode_q5_k_baseline, ll_decode_q5_k_avx2,
        ll_decode_q5_k_avx512,
      ])
    unsafe agree(
      .q6K,
      [
        ll_decode_q6_k_plain, ll_decode_q6_k, ll_decode_q6_k_baseline, ll_decode_q6_k_avx2,
        ll_decode_q6_k_avx512,
      ])
  }
}
