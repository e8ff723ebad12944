internal import Glibc

extension RotaryEmbedding {
  /// How frequencies are changed for contexts longer than those of pretraining, as in transformers'
  /// `modeling_rope_utils`, in the same 32-bit steps.
  public enum Scaling: Sendable, Equatable {
    case none
    /// Positions divided by a factor (Chen et al., arXiv 2306.15595).
    case linear(factor: Double)
    /// LLaMA 3.1: long wavelengths divided, short ones kept, a smooth passage between them.
    case llama3(
      factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double,
      originalPositions: Int)
    /// Each pair's frequency divided by a factor of its own: what a scaling came to, as GGUF stores it.
    case divided(by: [Float])
    /// A base that grows with sequences beyond the original length (NTK-aware scaling).
    case dynamic(factor: Double, originalPositions: Int)
    /// Interpolation by wavelength, with warmer attention (Peng et al., arXiv 2309.00071).
    ///
    /// `attentionFactor` defaults to what the paper suggests, or to what `mscale` and `mscaleAllDim`
    /// make of it where both are given.
    case yarn(
      factor: Double, originalPositions: Int, betaFast: Double = 32, betaSlow: Double = 1,
      attentionFactor: Double? = nil, mscale: Double? = nil, mscaleAllDim: Double? = nil,
      truncate: Bool = true)
  }
}

extension RotaryEmbedding.Scaling {
  /// What cosines and sines are multiplied by.
  var magnitude: Float {
    guard case .yarn(let factor, _, _, _, let attentionFactor, let mscale, let allDim, _) = self
    else {
      return 1
    }
    if let attentionFactor { return Float(attentionFactor) }
    func scale(_ multiplier: Double) -> Double {
      factor <= 1 ? 1 : 0.1 * multiplier * log(factor) + 1
    }
    if let mscale, let allDim, mscale != 0, allDim != 0 {
      return Float(scale(mscale) / scale(allDim))
    }
    return Float(scale(1))
  }

  /// The angle per position of each pair of elements, `width / 2` of them.
  func frequencies(theta: Double, width: Int, length: Int) -> [Float] {
    switch self {
    case .none:
      return Self.plain(theta: theta, width: width)
    case .linear(let factor):
      return Self.plain(theta: theta, width: width).map { $0 / Float(factor) }
    case .llama3(let factor, let low, let high, let original):
      return Self.plain(theta: theta, width: width).map {
        Self.llama3($0, Float(factor), Float(low), Float(high), Float(original))
      }
    case .divided(let factors):
      return zip(Self.plain(theta: theta, width: width), factors).map { $0 / $1 }
    case .dynamic(let factor, let original):
      let stretch = factor * Double(max(length, original)) / Double(original) - (factor - 1)
      let base = theta * pow(stretch, Double(width) / Double(width - 2))
      return Self.plain(theta: base, width: width)
    case .yarn(let factor, let original, let fast, let slow, _, _, _, let truncate):
      return Self.yarn(
        theta: theta, width: width, factor: factor, original: Double(original), fast: fast,
        slow: slow, truncate: truncate)
    }
  }

  /// `1 / theta^(2i / width)`
  private static func plain(theta: Double, width: Int) -> [Float] {
    wavelengths(theta: theta, width: width).map { 1 / $0 }
  }

  private static func wavelengths(theta: Double, width: Int) -> [Float] {
    stride(from: 0, to: width, by: 2).map { powf(Float(theta), Float($0) / Float(width)) }
  }

  private static func llama3(
    _ frequency: Float, _ factor: Float, _ low: Float, _ high: Float, _ original: Float
  ) -> Float {
    let wavelength = 2 * Float.pi / frequency
    if wavelength > original / low { return frequency / factor }
    if wavelength < original / high { return frequency }
    let smooth = (original / wavelength - low) / (high - low)
    return (1 - smooth) * frequency / factor + smooth * frequency
  }

  private static func yarn(
    theta: Double, width: Int, factor: Double, original: Double, fast: Double, slow: Double,
    truncate: Bool
  ) -> [Float] {
    /// The pair that turns this many times within the original context.
    func pair(turning rotations: Double) -> Double {
      Double(width) * log(original / (rotations * 2 * Double.pi)) / (2 * log(theta))
    }
    var (low, high) = (pair(turning: fast), pair(turning: slow))
    if truncate { (low, high) = (low.rounded(.down), high.rounded(.up)) }
    low = max(low, 0)
    high = min(high, Double(width - 1))
    if low == high { high += 0.001 }
    return wavelengths(theta: theta, width: width).enumerated().map { index, wavelength in
      let ramp = min(max((Float(index) - Float(low)) / Float(high - low), 0), 1)
      let kept = 1 - ramp
      return 1 / (Float(factor) * wavelength) * (1 - kept) + 1 / wavelength * kept
    }
  }
}
