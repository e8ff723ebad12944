public import LatentLensKernels
public import LatentLensWeights

extension FeedForward {
  /// LLaVA's two layers, `linear_1` and `linear_2`, as wide inside as the decoder.
  public init(
    projecting shape: ConnectorShape, _ weights: WeightScope, activation: Activation, bias: Bool
  ) {
    self.init(
      up: Linear(
        weights / "linear_1", from: shape.inputWidth, to: shape.outputWidth, bias: bias),
      activation: activation,
      down: Linear(
        weights / "linear_2", from: shape.outputWidth, to: shape.outputWidth, bias: bias))
  }
}
