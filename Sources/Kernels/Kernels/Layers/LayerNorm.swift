internal import CLatentLensKernels
public import LatentLensTensors

/// Layer normalisation, `(x - mean) / sqrt(variance + epsilon) · weight + bias`
/// (Ba, Kiros & Hinton, arXiv 1607.06450).
public struct LayerNorm: Sendable {
  public let width: Int
  public let weight: [Float]?
  public let bias: [Float]?
  public let epsilon: Float
  private let compute: Compute

  /// A norm of these weights and biases, or of none: OLMo's non-parametric form.
  public init(
    width: Int, weight: [Float]? = nil, bias: [Float]? = nil, epsilon: Float, compute: Compute
  ) {
    precondition(
      weight.map { $0.count == width } ?? true && bias.map { $0.count == width } ?? true,
      "\(weight?.count ?? 0) weights and \(bias?.count ?? 0) biases for a width of \(width)")
    self.width = width
    self.weight = weight
    self.bias = bias
    self.epsilon = epsilon
    self.compute = compute
  }

  /// Normalises each `width` elements of each row: the whole row, or head by head where rows are
  /// several widths long.
  public func callAsFunction(_ x: borrowing Matrix) -> Matrix {
    let out = Matrix(uninitializedRows: x.rows, columns: x.columns)
    let (source, target) = unsafe (x.base, out.base)
    // An absent array lends no address, which the kernel takes for none.
    unsafe (weight ?? []).withUnsafeBufferPointer { weight in
      unsafe (bias ?? []).withUnsafeBufferPointer { bias in
        let (weight, bias) = (
          self.weight == nil ? nil : weight.baseAddress, self.bias == nil ? nil : bias.baseAddress
        )
        x.forEachSlice(width, compute) { start in
          unsafe ll_layer_norm(target + start, source + start, weight, bias, epsilon, width)
        }
      }
    }
    return out
  }
}
