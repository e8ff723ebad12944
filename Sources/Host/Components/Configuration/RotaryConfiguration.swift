public import LatentLensKernels

/// The rotary keys of a Hugging Face configuration: `rope_theta` with `rope_scaling`, or
/// `rope_parameters`, which holds both since transformers 5.
public struct RotaryConfiguration: Sendable {
  /// How a head's pairs of elements are dealt to time, row and column where tokens have places on all
  /// three (M-RoPE, arXiv 2409.12191).
  public struct Sections: Sendable {
    /// The pairs of each axis, where the file is silent.
    public let standard: [Int]
    /// Whether row and column take turns with time as far as their sections last (Qwen 3 VL), or one
    /// section follows the other.
    public let isInterleaved: Bool

    public init(_ standard: [Int], isInterleaved: Bool = false) {
      self.standard = standard
      self.isInterleaved = isInterleaved
    }
  }

  private let headWidth: Int
  private let theta: Double
  private let scaling: RotaryEmbedding.Scaling
  /// The axis that turns each pair; nil where there is one alone.
  private let axes: [Int]?

  /// - Parameters:
  ///   - headWidth: the width of a head, all of which is rotated.
  ///   - maximumPositions: the longest text that the model takes.
  ///   - theta: the base of the wavelengths where the file is silent.
  ///   - sections: for decoders whose positions have three axes.
  /// - Throws: where a value means damage, or asks for another rotation.
  public init(
    _ keys: ConfigurationKeys, headWidth: Int, maximumPositions: Int,
    theta standard: Double = 10000, sections: Sections? = nil
  ) throws {
    guard headWidth % 2 == 0 else {
      throw UnsupportedConfiguration(
        key: "head_dim", found: "\(headWidth)",
        supported: "even numbers, whose halves rotate together")
    }
    self.headWidth = headWidth
    theta = try keys.rotaryTheta(default: standard)
    let parameters = try keys.rotaryParameters()
    for keys in [keys, parameters] { try keys?.require("partial_rotary_factor", toBe: 1.0) }
    axes = try sections.map { sections in
      try parameters?.require("mrope_interleaved", toBe: sections.isInterleaved)
      return try sections.axes(
        parameters?.value("mrope_section", as: [Int].self) ?? sections.standard,
        pairs: headWidth / 2)
    }
    // What stands beside the parameters stands above what stands inside.
    let original = try keys.optionalSize("original_max_position_embeddings", limit: 1 << 30)
    scaling =
      try parameters.map {
        try ScalingKeys(
          $0, pairs: headWidth / 2, maximumPositions: maximumPositions, original: original
        ).scaling()
      } ?? .none
  }

  /// The rotary embedding of the heads.
  ///
  /// - Parameter isScaled: false leaves the frequencies as they are, for blocks that the scaling spares.
  public func embedding(isScaled: Bool = true, _ compute: Compute) -> RotaryEmbedding {
    RotaryEmbedding(
      headWidth: headWidth, theta: theta, scaling: isScaled ? scaling : .none, axes: axes,
      compute: compute)
  }
}

extension RotaryConfiguration.Sections {
  /// The axis of each pair, where the axes have so many.
  fileprivate func axes(_ counts: [Int], pairs: Int) throws(UnsupportedConfiguration) -> [Int] {
    guard counts.count == 3, counts.allSatisfy({ 0...pairs ~= $0 }), counts.reduce(0, +) == pairs
    else {
      throw UnsupportedConfiguration(
        key: "rope_scaling.mrope_section", found: "\(counts)",
        supported: "three sections that are \(pairs) pairs together")
    }
    guard isInterleaved else {
      return counts.indices.flatMap { Array(repeating: $0, count: counts[$0]) }
    }
    return (0..<pairs).map { pair in
      let axis = pair % 3
      return axis > 0 && pair < 3 * counts[axis] ? axis : 0
    }
  }
}

extension ConfigurationKeys {
  /// The object that tells how positions rotate: of two names the older counts, and the other is not read.
  fileprivate func rotaryParameters() throws -> ConfigurationKeys? {
    let (older, newer) = ("rope_scaling", "rope_parameters")
    return contains(newer) && !contains(older)
      ? try optionalObject(newer) : try optionalObject(older)
  }

  /// The base of the wavelengths of a vision encoder that turns by row and column.
  public func axialRotaryTheta() throws -> Double {
    try optionalObject("rope_parameters")?.require("rope_type", toBe: "axial")
    return try rotaryTheta(default: 10000)
  }

  /// The base of the wavelengths of a rotary embedding.
  fileprivate func rotaryTheta(default standard: Double) throws -> Double {
    let beside: Double = try positive("rope_theta", default: standard)
    return try rotaryParameters()?.positive("rope_theta", default: beside) ?? beside
  }
}

/// How frequencies are scaled, with the defaults of transformers' `modeling_rope_utils.py`.
private struct ScalingKeys {
  let keys: ConfigurationKeys
  /// The pairs of a head's elements, each with a frequency.
  let pairs: Int
  let maximumPositions: Int
  /// The length of the pretraining's texts, where another key than those here tells it.
  let original: Int?

  init(_ keys: ConfigurationKeys, pairs: Int, maximumPositions: Int, original: Int?) throws {
    self.keys = keys
    self.pairs = pairs
    self.maximumPositions = maximumPositions
    let own = try keys.optionalSize("original_max_position_embeddings", limit: 1 << 30)
    self.original = original ?? own
    // Files keep what another type of scaling would read; it changes nothing.
    for key in Self.all { _ = keys.contains(key) }
  }

  private static let all = [
    "factor", "attention_factor", "beta_fast", "beta_slow", "low_freq_factor", "high_freq_factor",
    "mscale", "mscale_all_dim", "truncate",
  ]

  func scaling() throws -> RotaryEmbedding.Scaling {
    let olderType = try keys.text("type")
    switch try keys.text("rope_type") ?? olderType ?? "default" {
    case "default", "mrope": return .none
    case "linear": return .linear(factor: try factor())
    case "dynamic":
      return .dynamic(factor: try factor(), originalPositions: maximumPositions)
    case "llama3":
      let low: Double = try keys.positive("low_freq_factor", default: 1)
      let high: Double = try keys.positive("high_freq_factor", default: 4)
      guard low < high else {
        throw keys.damaged("low_freq_factor", "has to be below `high_freq_factor`, \(high)")
      }
      return .llama3(
        factor: try factor(), lowFrequencyFactor: low, highFrequencyFactor: high,
        originalPositions: original ?? maximumPositions)
    case "yarn":
      return .yarn(
        factor: try yarnFactor(), originalPositions: original ?? maximumPositions,
        betaFast: try beta("beta_fast", 32), betaSlow: try beta("beta_slow", 1),
        attentionFactor: try keys.contains("attention_factor")
          ? keys.positive("attention_factor", default: 1) : nil,
        mscale: try keys.value("mscale"),
        mscaleAllDim: try keys.value("mscale_all_dim"),
        truncate: try keys.flag("truncate", default: true))
    case "factors": return .divided(by: try factors())
    case let type:
      throw UnsupportedConfiguration(
        key: "rope_scaling.rope_type", found: "`\(type)`",
        supported: "`default`, `linear`, `dynamic`, `llama3` and `yarn`")
    }
  }

  /// The factor of each pair, which no file of Hugging Face's has: what llama.cpp's converter makes of
  /// LLaMA 3's scaling.
  private func factors() throws -> [Float] {
    let factors: [Float] = try keys.value("factors") ?? []
    guard factors.count == pairs, factors.allSatisfy({ $0 > 0 }) else {
      throw UnsupportedConfiguration(
        key: "rope_scaling.factors", found: "\(factors.count)",
        supported: "\(pairs) positive numbers, one for each pair")
    }
    return factors
  }

  private func factor() throws -> Double {
    guard keys.contains("factor") else {
      throw UnsupportedConfiguration(
        key: "rope_scaling.factor", found: "missing", supported: "a number above 0")
    }
    return try keys.positive("factor", default: 1)
  }

  private func yarnFactor() throws -> Double {
    guard !keys.contains("factor"), let original, original < maximumPositions else {
      return try factor()
    }
    return Double(maximumPositions) / Double(original)
  }

  /// A bound of YaRN's; 0 is as absent.
  private func beta(_ name: String, _ standard: Double) throws -> Double {
    let beta = try keys.number(name, default: 0)
    guard beta >= 0 else { throw keys.damaged(name, "is \(beta), but has to be above 0") }
    return beta == 0 ? standard : beta
  }
}
