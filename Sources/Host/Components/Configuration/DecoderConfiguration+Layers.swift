public import LatentLensKernels
public import LatentLensWeights

// Layers of the sizes that a decoder's configuration tells, loaded from a scope.

extension SelfAttention {
  /// Causal attention with rotary positions.
  ///
  /// - Parameters:
  ///   - biases: which projections have them.
  ///   - queryNorm: the norm of queries before they are rotated; nil for most, as `keyNorm`.
  ///   - scale: what scores are multiplied by; nil is `1 / sqrt(headWidth)`.
  ///   - softCap: what scores are capped by; nil for most.
  ///   - window: how many positions back a query sees; nil is all.
  public init(
    _ c: DecoderConfiguration, _ weights: WeightScope, biases: Biases = .none,
    queryNorm: (any Norm)? = nil, keyNorm: (any Norm)? = nil, scale: Float? = nil,
    softCap: Float? = nil, window: Int? = nil
  ) {
    self.init(
      weights, width: c.hiddenSize,
      c.attention(scale: scale, softCap: softCap, window: window, weights.compute),
      biases: biases, queryNorm: queryNorm, keyNorm: keyNorm,
      rotary: c.rotary.embedding(weights.compute))
  }
}

extension GatedFeedForward {
  /// `gate_proj`, `up_proj` and `down_proj`.
  public init(_ c: DecoderConfiguration, _ weights: WeightScope, bias: Bool = false) {
    self.init(
      weights, width: c.hiddenSize, inner: c.intermediateSize, activation: c.activation, bias: bias)
  }
}

extension RMSNorm {
  /// A norm of the residual stream, or of rows of another width.
  public init(
    _ c: DecoderConfiguration, _ weights: WeightScope, width: Int? = nil, offset: Float = 0
  ) {
    self.init(weights, width: width ?? c.hiddenSize, epsilon: c.epsilon, offset: offset)
  }
}

extension LayerNorm {
  /// A norm of the residual stream.
  public init(_ c: DecoderConfiguration, _ weights: WeightScope) {
    self.init(weights, width: c.hiddenSize, epsilon: c.epsilon)
  }
}
