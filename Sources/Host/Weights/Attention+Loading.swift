public import LatentLensKernels

extension SelfAttention {
  /// What publishers call the projections.
  public struct Names: Sendable {
    public let query, key, value, output: String

    public init(_ query: String, _ key: String, _ value: String, _ output: String) {
      self.query = query
      self.key = key
      self.value = value
      self.output = output
    }

    /// Those of transformers' decoders.
    public static let decoder = Names("q_proj", "k_proj", "v_proj", "o_proj")
  }

  /// Which of the projections have biases.
  public struct Biases: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let none: Biases = []
    public static let queryKeyValue = Biases(rawValue: 1)
    public static let output = Biases(rawValue: 2)
    public static let all: Biases = [.queryKeyValue, .output]

    /// All of them, or none.
    public init(_ all: Bool) { self = all ? .all : .none }
  }

  /// Loads four projections from a scope.
  ///
  /// - Parameters:
  ///   - width: the width of the residual stream.
  ///   - outputs: the width of the result; nil is that of the stream.
  ///   - biases: which projections have them.
  ///   - queryNorm: the norm of queries before they are rotated; nil for most, as `keyNorm`.
  public init(
    _ weights: WeightScope, width: Int, outputs: Int? = nil, _ attention: Attention,
    names: Names = .decoder, biases: Biases = .none, queryNorm: (any Norm)? = nil,
    keyNorm: (any Norm)? = nil, rotary: RotaryEmbedding? = nil
  ) {
    let queries = attention.heads * attention.headWidth
    let keys = attention.keyValueHeads * attention.headWidth
    let hasInner = biases.contains(.queryKeyValue)
    self.init(
      query: Linear(weights / names.query, from: width, to: queries, bias: hasInner),
      key: Linear(weights / names.key, from: width, to: keys, bias: hasInner),
      value: Linear(weights / names.value, from: width, to: keys, bias: hasInner),
      output: Linear(
        weights / names.output, from: queries, to: outputs ?? width,
        bias: biases.contains(.output)),
      queryNorm: queryNorm, keyNorm: keyNorm, rotary: rotary, attention: attention)
  }
}
