public import LatentLensTensors

/// A linear layer, `x · weightᵀ + bias`: `weight` `[outputs, inputs]`, `bias` `[outputs]`.
///
/// The weight stays in its file and type; it is widened a panel of rows at a time.
public struct Linear: Sendable {
  public let weight: Weight
  public let bias: [Float]?
  /// What the layer computes with.
  public let compute: Compute

  /// A head that shares its weight with the input embeddings.
  public init(tied embedding: Embedding) {
    self.init(embedding.weight, compute: embedding.compute)
  }

  /// A layer of a weight `[outputs, inputs]`.
  public init(_ weight: Weight, bias: [Float]? = nil, compute: Compute) {
    precondition(
      weight.isStandIn
        || weight.shape.count == 2 && bias.map { $0.count == weight.shape[0] } ?? true,
      "\(weight.name): \(weight.shape) and \(bias?.count ?? 0) biases are no linear layer")
    self.weight = weight
    self.bias = bias
    self.compute = compute
  }

  public var inputs: Int { weight.shape[1] }
  public var outputs: Int { weight.shape[0] }

  /// Maps rows `[n, inputs]` to `[n, outputs]`.
  public func callAsFunction(_ x: borrowing Matrix) -> Matrix {
    precondition(x.columns == inputs, "\(weight.name): rows of \(x.columns), expected \(inputs)")
    let out = Matrix(uninitializedRows: x.rows, columns: outputs)
    let product = Product(x, weight, compute: compute)
    // Blocks of the same panel follow each other: the panel's bytes are still in a cache.
    unsafe compute.parallel(product.panels * product.blocks, scratch: product.scratch) {
      index, scratch in
      let panel = product.panel(index / product.blocks)
      unsafe product.write(
        panel, rows: product.block(index % product.blocks), to: out.base + panel.lowerBound,
        stride: outputs, bias: bias, scratch: scratch)
    }
    return out
  }
}
