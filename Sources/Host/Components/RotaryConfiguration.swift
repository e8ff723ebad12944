public import LatentLensKernels

/// The rotary keys of a Hugging Face configuration: `rope_theta` with `rope_scaling`, or
/// `rope_parameters`, which holds both since transformers 5.
public struct RotaryConfiguration: Decodable, Sendable {
  private let theta: Double
  private let parameters: Parameters

  private struct Parameters: Decodable, Sendable {
    var theta: Double?
    var type: String?
    var legacyType: String?
    var factor: Double?
    var originalPositions: Int?
    var lowFrequencyFactor: Double?
    var highFrequencyFactor: Double?
    var betaFast: Double?
    var betaSlow: Double?
    var attentionFactor: Double?
    var mscale: Double?
    var mscaleAllDimensions: Double?
    var truncates: Bool?
    var sections: [Int]?
    var isInterleaved: Bool?

    enum CodingKeys: String, CodingKey {
      case theta = "rope_theta"
      case type = "rope_type"
      case legacyType = "type"
      case factor
      case originalPositions = "original_max_position_embeddings"
      case lowFrequencyFactor = "low_freq_factor"
      case highFrequencyFactor = "high_freq_factor"
      case betaFast = "beta_fast"
      case betaSlow = "beta_slow"
      case attentionFactor = "attention_factor"
      case mscale
      case mscaleAllDimensions = "mscale_all_dim"
      case truncates = "truncate"
      case sections = "mrope_section"
      case isInterleaved = "mrope_interleaved"
    }
  }

  private enum CodingKeys: String, CodingKey {
    case theta = "rope_theta"
    case scaling = "rope_scaling"
    case parameters = "rope_parameters"
    case originalPositions = "original_max_position_embeddings"
  }

  public init(from decoder: any Decoder) throws {
    try self.init(from: decoder, interleavedSections: nil)
  }

  /// - Parameter sections: what the model takes for `mrope_section`, interleaved, where the file is silent.
  public init(from decoder: any Decoder, interleavedSections sections: [Int]?) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    var parameters =
      try keys.decodeIfPresent(Parameters.self, forKey: .parameters)
      ?? keys.decodeIfPresent(Parameters.self, forKey: .scaling) ?? Parameters()
    if parameters.originalPositions == nil {
      parameters.originalPositions = try keys.decodeIfPresent(Int.self, forKey: .originalPositions)
    }
    theta = try parameters.theta ?? keys.decodeIfPresent(Double.self, forKey: .theta) ?? 10000
    if let sections {
      parameters.sections = parameters.sections ?? sections
      parameters.isInterleaved = true
    }
    self.parameters = parameters
  }

  /// The rotary embedding for heads of a width, with the defaults of transformers'
  /// `modeling_rope_utils.py`.
  /// - Parameter isScaled: false leaves the frequencies as they are, for blocks that the scaling spares.
  public func embedding(
    headWidth: Int, maximumPositions: Int, isScaled: Bool = true, compute: Compute
  ) throws(UnsupportedConfiguration) -> RotaryEmbedding {
    guard headWidth > 0, headWidth % 2 == 0 else {
      throw UnsupportedConfiguration(
        key: "head_dim", found: "\(headWidth)",
        supported: "even numbers, whose halves rotate together")
    }
    return RotaryEmbedding(
      headWidth: headWidth, theta: theta,
      scaling: isScaled ? try scaling(maximumPositions: maximumPositions) : .none,
      axes: try axes(pairs: headWidth / 2), compute: compute)
  }

  /// The rotary embedding of a vision encoder that turns by row and column (`axial`).
  public func axialEmbedding(
    headWidth: Int, compute: Compute
  ) throws(UnsupportedConfiguration) -> RotaryEmbedding {
    guard headWidth > 0, headWidth % 4 == 0 else {
      throw UnsupportedConfiguration(
        key: "head_dim", found: "\(headWidth)",
        supported: "multiples of 4: pairs for rows and as many for columns")
    }
    let type = parameters.type ?? "axial"
    guard type == "axial" else {
      throw UnsupportedConfiguration(
        key: "rope_parameters.rope_type", found: "`\(type)`", supported: "`axial`")
    }
    return RotaryEmbedding(axialHeadWidth: headWidth, theta: theta, compute: compute)
  }

  /// Which pairs of elements turn by time, row and column (M-RoPE, arXiv 2409.12191): one section after
  /// the other, or row and column taking turns with time as far as their sections last (Qwen 3 VL).
  private func axes(pairs: Int) throws(UnsupportedConfiguration) -> [Int]? {
    guard let sections = parameters.sections else { return nil }
    guard sections.count == 3, sections.allSatisfy({ $0 >= 0 }), sections.reduce(0, +) == pairs
    else {
      throw UnsupportedConfiguration(
        key: "rope_scaling.mrope_section", found: "\(sections)",
        supported: "three sections that are \(pairs) pairs together")
    }
    guard parameters.isInterleaved ?? false else {
      return sections.indices.flatMap { Array(repeating: $0, count: sections[$0]) }
    }
    return (0..<pairs).map { pair in
      let axis = pair % 3
      return axis > 0 && pair < 3 * sections[axis] ? axis : 0
    }
  }

  private func scaling(
    maximumPositions: Int
  ) throws(UnsupportedConfiguration) -> RotaryEmbedding.Scaling {
    let original = parameters.originalPositions ?? maximumPositions
    guard original > 0 else {
      throw UnsupportedConfiguration(
        key: "original_max_position_embeddings", found: "\(original)",
        supported: "positive numbers")
    }
    let type = parameters.type ?? parameters.legacyType ?? "default"
    switch type {
    case "default", "mrope": return .none
    case "linear": return .linear(factor: try factor())
    case "dynamic":
      return .dynamic(factor: try factor(), originalPositions: maximumPositions)
    case "llama3":
      return .llama3(
        factor: try factor(), lowFrequencyFactor: parameters.lowFrequencyFactor ?? 1,
        highFrequencyFactor: parameters.highFrequencyFactor ?? 4, originalPositions: original)
    case "yarn":
      return .yarn(
        factor: try yarnFactor(maximumPositions, over: original),
        originalPositions: original, betaFast: parameters.betaFast ?? 32,
        betaSlow: parameters.betaSlow ?? 1, attentionFactor: parameters.attentionFactor,
        mscale: parameters.mscale, mscaleAllDim: parameters.mscaleAllDimensions,
        truncate: parameters.truncates ?? true)
    default:
      throw UnsupportedConfiguration(
        key: "rope_scaling.rope_type", found: "`\(type)`",
        supported: "`default`, `linear`, `dynamic`, `llama3` and `yarn`")
    }
  }

  private func factor() throws(UnsupportedConfiguration) -> Double {
    guard let factor = parameters.factor, factor > 0 else {
      throw UnsupportedConfiguration(
        key: "rope_scaling.factor", found: "missing or not positive",
        supported: "a positive number")
    }
    return factor
  }

  private func yarnFactor(
    _ maximumPositions: Int, over original: Int
  ) throws(UnsupportedConfiguration) -> Double {
    guard parameters.factor == nil, original < maximumPositions else { return try factor() }
    return Double(maximumPositions) / Double(original)
  }
}
