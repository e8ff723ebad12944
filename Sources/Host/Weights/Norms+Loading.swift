public import LatentLensKernels

extension LayerNorm {
  /// Loads `weight` `[width]`, and `bias` if there is one, from a scope.
  public init(_ weights: WeightScope, width: Int, epsilon: Float, bias: Bool = true) {
    self.init(
      width: width, weight: weights.vector("weight", width),
      bias: bias ? weights.vector("bias", width) : nil, epsilon: epsilon, compute: weights.compute)
  }
}

extension RMSNorm {
  /// Loads `weight` `[width]` from a scope.
  ///
  /// - Parameter offset: added to the weight; 1 for models that store it as a difference from one.
  public init(_ weights: WeightScope, width: Int, epsilon: Float, offset: Float = 0) {
    self.init(
      weights.vector("weight", width), epsilon: epsilon, offset: offset, compute: weights.compute)
  }
}
