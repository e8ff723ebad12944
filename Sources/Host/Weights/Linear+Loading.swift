public import LatentLensKernels
internal import LatentLensTensors

extension Linear {
  /// Loads `weight`, and `bias` if there is one, from a scope.
  public init(_ weights: WeightScope, from inputs: Int, to outputs: Int, bias: Bool = false) {
    self.init(
      weights.tensor("weight", [outputs, inputs]),
      bias: bias ? weights.vector("bias", outputs) : nil, compute: weights.compute)
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
      // The bias of a weight that is missing may be shorter than the sizes of a damaged file ask for.
      let part = whole.bias.map { $0.count == total ? Array($0[range]) : [] }
      return Linear(whole.weight.rows(range), bias: part, compute: whole.compute)
    }
  }
}
