public import LatentLensKernels
internal import LatentLensTensors

extension Embedding {
  /// Loads `weight` from a scope.
  public init(_ weights: WeightScope, count: Int, width: Int) {
    self.init(weights.tensor("weight", [count, width]), compute: weights.compute)
  }
}

extension PatchEmbedding {
  /// Loads `weight`, and `bias` `[width]` if there is one, from a scope.
  public init(_ weights: WeightScope, channels: Int, patch: Int, width: Int, bias: Bool) {
    self.init(
      weights.tensor("weight", [width, channels, patch, patch]),
      bias: bias ? weights.vector("bias", width) : nil, compute: weights.compute)
  }
}
