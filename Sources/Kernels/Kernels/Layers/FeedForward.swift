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
    down(up(x, then: activation))
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
    precondition(
      x.columns == gate.inputs && x.columns == up.inputs,
      "\(gate.weight.name): rows of \(x.columns), expected \(gate.inputs)")
    let compute = gate.compute
    let packed = PackedRows(x, compute.arithmetic.multiplication, compute: compute)
    let (gates, features) = (Product(packed, gate.weight), Product(packed, up.weight))
    let hidden = Matrix(uninitializedRows: x.rows, columns: gate.outputs)
    let pieces = Pieces(rows: x.rows, outputs: [gate.outputs], threads: compute.threads)
    let (out, stride) = unsafe (hidden.base, hidden.columns)
    // A worker's scratch memory holds that of a product, and behind it the features of a piece.
    unsafe compute.parallel(
      pieces.count, scratch: gates.scratch + pieces.blockRows * pieces.panelRows
    ) { index, scratch in
      let piece = pieces[index]
      let width = piece.panel.count
      let target = unsafe out + piece.rows.lowerBound * stride + piece.panel.lowerBound
      let own = unsafe scratch + gates.scratch
      unsafe gates.write(
        piece.panel, rows: piece.rows, to: target, stride: stride, bias: gate.bias,
        scratch: scratch)
      unsafe features.write(
        piece.panel, rows: piece.rows, to: own, stride: width, bias: up.bias, scratch: scratch)
      for row in 0..<piece.rows.count {
        unsafe activation.apply(target + row * stride, width)
        unsafe ll_multiply(target + row * stride, own + row * width, width)
      }
    }
    return down(hidden)
  }
}
