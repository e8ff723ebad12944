import CLatentLensKernels
import Testing

/// Each variant of each row kernel against its plain definition: every length, misaligned.
@Suite struct RowKernelTests {
  typealias InPlace = ([Float]) -> [Float]

  private static func inPlace(
    _ kernel: @escaping @Sendable (UnsafeMutablePointer<Float>?, Int) -> Void
  ) -> InPlace {
    { values in unsafe misaligned(values) { unsafe kernel($0, values.count) } }
  }

  private static func inPlace(
    _ kernel: @escaping @Sendable (UnsafeMutablePointer<Float>?, UnsafePointer<Float>?, Int) -> Void
  ) -> ([Float], [Float]) -> [Float] {
    { values, others in unsafe misaligned(values) { unsafe kernel($0, others, values.count) } }
  }

  private static func inPlace(
    _ kernel: @escaping @Sendable (UnsafeMutablePointer<Float>?, Float, Int) -> Void
  ) -> ([Float], Float) -> [Float] {
    { values, other in unsafe misaligned(values) { unsafe kernel($0, other, values.count) } }
  }

  static var activations: [(name: String, variants: Variants<InPlace>)] {
    [
      (
        "silu",
        unsafe Variants(
          [ll_silu_plain, ll_silu, ll_silu_baseline, ll_silu_avx2, ll_silu_avx512], as: inPlace)
      ),
      (
        "gelu",
        unsafe Variants(
          [ll_gelu_plain, ll_gelu, ll_gelu_baseline, ll_gelu_avx2, ll_gelu_avx512], as: inPlace)
      ),
      (
        "gelu_tanh",
        unsafe Variants(
          [
            ll_gelu_tanh_plain, ll_gelu_tanh, ll_gelu_tanh_baseline, ll_gelu_tanh_avx2,
            ll_gelu_tanh_avx512,
          ], as: inPlace)
      ),
      (
        "quick_gelu",
        unsafe Variants(
          [
            ll_quick_gelu_plain, ll_quick_gelu, ll_quick_gelu_baseline, ll_quick_gelu_avx2,
            ll_quick_gelu_avx512,
          ], as: inPlace)
      ),
      (
        "relu",
        unsafe Variants(
          [ll_relu_plain, ll_relu, ll_relu_baseline, ll_relu_avx2, ll_relu_avx512], as: inPlace)
      ),
      (
        "sigmoid",
        unsafe Variants(
          [ll_sigmoid_plain, ll_sigmoid, ll_sigmoid_baseline, ll_sigmoid_avx2, ll_sigmoid_avx512],
          as: inPlace)
      ),
      (
        "tanh",
        unsafe Variants(
          [ll_tanh_plain, ll_tanh, ll_tanh_baseline, ll_tanh_avx2, ll_tanh_avx512], as: inPlace)
      ),
    ]
  }

  @Test func activationsAgreeWithTheirDefinition() {
    var random = Randomness()
    for (name, variants) in Self.activations {
      for length in lengths {
        let values = random.floats(length, in: -9...9)
        let expected = variants.plain(values)
        for variant in variants.available {
          let error = relativeError(variant(values), expected, floor: 1)
          #expect(error < 5e-7, "\(name), length \(length)")
        }
      }
    }
  }

  @Test func activationsBearExtremes() {
    let values: [Float] = [
      -.infinity, .infinity, .nan, -1e30, 1e30, -88, 88, -89, 89, -104, 0, -0.0, 1e-30, -86.7,
    ]
    for (name, variants) in Self.activations {
      let expected = variants.plain(values)
      for variant in variants.available {
        for (index, (left, right)) in zip(variant(values), expected).enumerated() {
          // Where the definition says infinity times zero, a variant may give the limit.
          let same = left == right || (right.isNaN && (left.isNaN || values[index] == -.infinity))
          let near = abs(left - right) <= 2e-6 * abs(right) + 1e-34
          #expect(same || near, "\(name)(\(values[index])) is \(left), not \(right)")
        }
      }
    }
  }

  @Test func dotProductsAgree() {
    let variants = unsafe Variants(
      [ll_dot_plain, ll_dot, ll_dot_baseline, ll_dot_avx2, ll_dot_avx512]) {
        (kernel: @escaping @Sendable (UnsafePointer<Float>?, UnsafePointer<Float>?, Int) -> Float)
        in
        { (a: [Float], b: [Float]) -> Float in
          var result: Float = 0
          _ = unsafe misaligned(a) { unsafe result = kernel($0, b, a.count) }
          return result
        }
      }
    var random = Randomness()
    for length in lengths {
      let (a, b) = (random.floats(length), random.floats(length))
      let expected = variants.plain(a, b)
      for variant in variants.available {
        #expect(abs(variant(a, b) - expected) <= 1e-6 * Float(length + 1), "length \(length)")
      }
    }
  }

  /// With numbers of 16 bits, at any address.
  @Test func dotProductsWithHalvesAgree() {
    typealias Kernel = @Sendable (UnsafePointer<Float>?, UnsafeRawPointer?, Int) -> Float
    let variants = unsafe Variants(
      [
        ll_dot_bf16_plain, ll_dot_bf16, ll_dot_bf16_baseline, ll_dot_bf16_avx2, ll_dot_bf16_avx512,
      ]) {
        (kernel: @escaping Kernel) in
        { @Sendable (x: [Float], halves: [UInt8]) -> Float in
          // One byte further on, nothing is aligned.
          unsafe ([0] + halves).withUnsafeBytes { unsafe kernel(x, $0.baseAddress! + 1, x.count) }
        }
      }
    var random = Randomness()
    for length in lengths {
      let x = random.floats(length)
      // The upper half of a float is a number of 16 bits.
      let halves = random.floats(length).flatMap { value in
        (2..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
      }
      let expected = variants.plain(x, halves)
      for variant in variants.available {
        #expect(abs(variant(x, halves) - expected) <= 1e-6 * Float(length + 1), "length \(length)")
      }
    }
  }

  @Test func shiftsAgree() {
    typealias Kernel =
      @Sendable (UnsafeMutablePointer<Float>?, Float, UnsafePointer<Float>?, Int) -> Float
    let variants = unsafe Variants(
      [ll_shift_plain, ll_shift, ll_shift_baseline, ll_shift_avx2, ll_shift_avx512]) {
        (kernel: @escaping Kernel) in
        { @Sendable (x: [Float], offset: [Float]) -> [Float] in
          var x = x
          let sum = unsafe kernel(&x, 0.7, offset.isEmpty ? nil : offset, x.count)
          return x + [sum / Float(x.count + 1)]
        }
      }
    var random = Randomness()
    for length in lengths {
      let x = random.floats(length)
      for offset in [[], random.floats(length)] {
        let expected = variants.plain(x, offset)
        for variant in variants.available {
          #expect(relativeError(variant(x, offset), expected, floor: 1) < 1e-6, "length \(length)")
        }
      }
    }
  }

  @Test func elementwiseArithmeticIsExact() {
    let add = unsafe Variants(
      [ll_add_plain, ll_add, ll_add_baseline, ll_add_avx2, ll_add_avx512], as: Self.inPlace)
    let multiply = unsafe Variants(
      [ll_multiply_plain, ll_multiply, ll_multiply_baseline, ll_multiply_avx2, ll_multiply_avx512],
      as: Self.inPlace)
    let scale = unsafe Variants(
      [ll_scale_plain, ll_scale, ll_scale_baseline, ll_scale_avx2, ll_scale_avx512],
      as: Self.inPlace)
    var random = Randomness()
    for length in lengths {
      let (a, b) = (random.floats(length), random.floats(length))
      for variant in add.available { #expect(variant(a, b) == add.plain(a, b)) }
      for variant in multiply.available { #expect(variant(a, b) == multiply.plain(a, b)) }
      for variant in scale.available { #expect(variant(a, 1.3) == scale.plain(a, 1.3)) }
    }
  }

  @Test func softCapsAgree() {
    let cap = unsafe Variants(
      [ll_soft_cap_plain, ll_soft_cap, ll_soft_cap_baseline, ll_soft_cap_avx2, ll_soft_cap_avx512],
      as: Self.inPlace)
    var random = Randomness()
    for length in lengths {
      let values = random.floats(length, in: -90...90)
      for variant in cap.available {
        #expect(relativeError(variant(values, 30), cap.plain(values, 30)) < 5e-7)
      }
    }
  }

  @Test func softmaxAgrees() {
    let variants = unsafe Variants(
      [
        ll_softmax_numerators_plain, ll_softmax_numerators, ll_softmax_numerators_baseline,
        ll_softmax_numerators_avx2, ll_softmax_numerators_avx512,
      ]
    ) {
      (kernel: @escaping @Sendable (UnsafeMutablePointer<Float>?, Float, Int) -> Float) in
      { (a: [Float]) -> [Float] in
        // The numerators, and behind them their sum.
        var sum: Float = 0
        return unsafe misaligned(a) { sum = unsafe kernel($0, 0.3, a.count) } + [sum]
      }
    }
    let sums = unsafe Variants(
      [ll_sum_exp_plain, ll_sum_exp, ll_sum_exp_baseline, ll_sum_exp_avx2, ll_sum_exp_avx512]) {
        (kernel: @escaping @Sendable (UnsafePointer<Float>?, Float, Int) -> Double) in
        { (a: [Float]) -> Double in unsafe kernel(a, 30, a.count) }
      }
    var random = Randomness()
    for length in lengths {
      let values = random.floats(length, in: -30...30)
      let expected = variants.plain(values)
      for variant in variants.available {
        #expect(relativeError(variant(values), expected) < 5e-7, "length \(length)")
      }
      let sum = sums.plain(values)
      for variant in sums.available {
        #expect(abs(variant(values) - sum) <= 5e-7 * sum, "length \(length)")
      }
    }
  }

  @Test func normsAgree() {
    let rms = unsafe Variants(
      [ll_rms_norm_plain, ll_rms_norm, ll_rms_norm_baseline, ll_rms_norm_avx2, ll_rms_norm_avx512])
    {
      (
        kernel:
          @escaping @Sendable (
            UnsafeMutablePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<Float>?, Float,
            Float, Int
          ) -> Void
      ) in
      { (x: [Float], weight: [Float]) -> [Float] in
        unsafe misaligned(x) { unsafe kernel($0, $0, weight, 1, 1e-5, x.count) }
      }
    }
    let layer = unsafe Variants(
      [
        ll_layer_norm_plain, ll_layer_norm, ll_layer_norm_baseline, ll_layer_norm_avx2,
        ll_layer_norm_avx512,
      ]) {
        (
          kernel:
            @escaping @Sendable (
              UnsafeMutablePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<Float>?,
              UnsafePointer<Float>?, Float, Int
            ) -> Void
        ) in
        { (x: [Float], weight: [Float]?, bias: [Float]?) -> [Float] in
          unsafe misaligned(x) { pointer in
            if let weight, let bias {
              unsafe kernel(pointer, pointer, weight, bias, 1e-5, x.count)
            } else {
              unsafe kernel(pointer, pointer, nil, nil, 1e-5, x.count)
            }
          }
        }
      }
    var random = Randomness()
    for length in lengths where length > 0 {
      let x = random.floats(length, in: 8...12)
      let (weight, bias) = (random.floats(length), random.floats(length))
      let expected = rms.plain(x, weight)
      for variant in rms.available {
        #expect(relativeError(variant(x, weight), expected) < 1e-6, "length \(length)")
      }
      let full = layer.plain(x, weight, bias)
      let bare = layer.plain(x, nil, nil)
      for variant in layer.available {
        #expect(relativeError(variant(x, weight, bias), full) < 5e-6, "length \(length)")
        #expect(relativeError(variant(x, nil, nil), bare) < 5e-6, "length \(length)")
      }
    }
    // Of a row that has no length nothing is left that looks like a state.
    for length in [1, 7, 40] {
      let x = (0..<length).map { $0 % 2 == 0 ? Float(1e25) : -1e25 }
      for variant in rms.available + [rms.plain] {
        #expect(variant(x, x.map { _ in 1 }).allSatisfy { $0.isNaN }, "length \(length)")
      }
      for variant in layer.available + [layer.plain] where length > 1 {
        #expect(variant(x, nil, nil).allSatisfy { $0.isNaN }, "length \(length)")
      }
    }
  }

  @Test func rotationsAgree() {
    let variants = unsafe Variants(
      [ll_rotate_plain, ll_rotate, ll_rotate_baseline, ll_rotate_avx2, ll_rotate_avx512]) {
        (
          kernel:
            @escaping @Sendable (
              UnsafeMutablePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<Float>?, Int
            ) -> Void
        ) in
        { (x: [Float], c: [Float], s: [Float]) -> [Float] in
          unsafe misaligned(x) { unsafe kernel($0, c, s, c.count) }
        }
      }
    var random = Randomness()
    for half in lengths {
      let (x, c, s) = (random.floats(2 * half), random.floats(half), random.floats(half))
      let expected = variants.plain(x, c, s)
      for variant in variants.available {
        #expect(relativeError(variant(x, c, s), expected) < 5e-7, "half \(half)")
      }
    }
  }
}
