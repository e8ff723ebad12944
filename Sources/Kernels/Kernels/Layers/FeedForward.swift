internal import CLatentLensKernels
public import LatentLensTensors

/// A two-layer perceptron: `down(activation(up(x)))`.
public struct FeedForward: Sendable {
  public let up: Linear
  public let activation: Activation
  public let down: Linear

  public init(up: Linear, activation: Activation, down: Linear) {
    precondition(up.outputs == down.inputs, "\(up.outputs) features meet \(down.inputs)")
    self.up = up
    self.activation = activation
    self.down = down
  }

  public func callAsFunction(_ x: borrowing Matrix) -> Matrix {
    var hidden = up(x)
    activation(&hidden, compute: up.compute)
    return down(hidden)
  }
}

/// A gated perceptron, `down(activation(gate(x)) · up(x))` (Shazeer, arXiv 2002.05202): SwiGLU with
/// SiLU.
public struct GatedFeedForward: Sendable {
  public let gate: Linear
  public let up: Linear
  public let activation: Activation
  public let down: Linear

  public init(gate: Linear, up: Linear, activation: Activation, down: Linear) {
    precondition(
      gate.outputs == up.outputs && up.outputs == down.inputs,
      "\(gate.outputs) gates and \(up.outputs) features meet \(down.inputs)")
    self.gate = gate
    self.up = up
    self.activation = activation
    self.down = down
  }

  public func callAsFunction(_ x: borrowing Matrix) -> Matrix {
    let hidden = gate(x)
    let features = up(x)
    let (target, source, columns) = unsafe (hidden.base, features.base, hidden.columns)
    hidden.forEachRow(gate.compute) { row in
      unsafe activation.apply(target + row * columns, columns)
      unsafe ll_multiply(target + row * columns, source + row * columns, columns)
    }
    return down(hidden)
  }
}
