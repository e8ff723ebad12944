/// A linear layer, `x · weightᵀ + bias`: `weight` `[outputs, inputs]`, `bias` `[outputs]`.
///
/// The weight stays in its file and type; it is widened to 32-bit floats a panel of rows at a time.
public struct Linear: Sendable {
  public let weight: Weight
  public let bias: [Float]?
  /// What the layer computes with.
  public let compute: Compute

  /// Loads `weight`, and `bias` if there is one, from a scope.
  public init(_ weights: WeightScope, from inputs: Int, to outputs: Int, bias: Bool = false) {
    self.init(
      weights.tensor("weight", [outputs, inputs]),
      bias: bias ? weights.vector("bias", outputs) : nil, compute: weights.compute)
  }

  /// A head that shares its weight with the input embeddings.
  public init(tied embedding: Embedding) {
    self.init(embedding.weight, compute: embedding.compute)
  }

  /// A layer of a weight `[outputs, inputs]` that is there already.
  public init(_ weight: Weight, bias: [Float]? = nil, compute: Compute) {
    precondition(
      weight.isStandIn
        || weight.shape.count == 2 && bias.map { $0.count == weight.shape[0] } ?? true,
      "\(weight.name): \(weight.shape) and \(bias?.count ?? 0) biases are no linear layer")
    self.weight = weight
    self.bias = bias
    self.compute = compute
  }

  /// Layers that are stored as one, each with its number of outputs, in this order: query, key, value.
  public static func fused(
    _ weights: WeightScope, from inputs: Int, to outputs: [Int], bias: Bool = false
  ) -> [Linear] {
    let total = outputs.reduce(0, +)
    let whole = Linear(weights, from: inputs, to: total, bias: bias)
    var first = 0
    return outputs.map { count in
      let range = first..<first + count
      first += count
      return Linear(
        whole.weight.rows(range), bias: whole.bias.map { Array($0[range]) }, compute: whole.compute)
    }
  }

  public var inputs: Int { weight.shape[1] }
  public var outputs: Int { weight.shape[0] }

  /// Maps rows `[n, inputs]` to `[n, outputs]`.
  public func callAsFunction(_ x: borrowing Matrix) -> Matrix {
    precondition(x.columns == inputs, "\(weight.name): rows of \(x.columns), expected \(inputs)")
    let out = Matrix(uninitializedRows: x.rows, columns: outputs)
    let product = Product(x, weight, compute: compute)
    // Blocks of the same panel follow each other: the panel's bytes are still in a cache.
    unsafe compute.parallel(product.panels * product.blocks, scratch: Product.scratch) {
      index, scratch in
      let panel = product.panel(index / product.blocks)
      unsafe product.write(
        panel, rows: product.block(index % product.blocks), to: out.base + panel.lowerBound,
        stride: outputs, bias: bias, scratch: scratch)
    }
    return out
  }
}
