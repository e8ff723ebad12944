public import LatentLensKernels

extension FeedForward {
  /// Loads two layers, `[inner, width]` and `[width, inner]`, from a scope.
  ///
  /// - Parameter names: what the publisher calls the first and the second.
  public init(
    _ weights: WeightScope, width: Int, inner: Int, activation: Activation, bias: Bool = true,
    names: (up: String, down: String) = ("fc1", "fc2")
  ) {
    self.init(
      up: Linear(weights / names.up, from: width, to: inner, bias: bias), activation: activation,
      down: Linear(weights / names.down, from: inner, to: width, bias: bias))
  }
}

extension GatedFeedForward {
  /// Loads three layers, two `[inner, width]` and `[outputs, inner]`, from a scope.
  ///
  /// - Parameters:
  ///   - outputs: the width of the result; nil is that of the input.
  ///   - names: what the publisher calls gate, value and output.
  public init(
    _ weights: WeightScope, width: Int, inner: Int, outputs: Int? = nil,
    activation: Activation = .silu, bias: Bool = false,
    names: (gate: String, up: String, down: String) = ("gate_proj", "up_proj", "down_proj")
  ) {
    self.init(
      gate: Linear(weights / names.gate, from: width, to: inner, bias: bias),
      up: Linear(weights / names.up, from: width, to: inner, bias: bias), activation: activation,
      down: Linear(weights / names.down, from: inner, to: outputs ?? width, bias: bias))
  }
}
