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
  public func callAsFunction(_ x: borrowing Matrix) -> Matrix { callAsFunction(x, then: .linear) }

  /// Maps rows `[n, inputs]` to `[n, outputs]`, and applies a function to all elements.
  func callAsFunction(_ x: borrowing Matrix, then activation: Activation) -> Matrix {
    let out = Matrix(uninitializedRows: x.rows, columns: outputs)
    unsafe Self.map(x, by: [self], to: [out.base], then: activation)
    return out
  }

  /// Maps the same rows by several layers: they are packed once, and the panels of all are shared out together.
  ///
  /// - Parameters:
  ///   - outs: for each layer a place for `[x.rows, outputs]`.
  ///   - activation: what is applied to the elements while they are still in a cache.
  static func map(
    _ x: borrowing Matrix, by layers: [Linear], to outs: [UnsafeMutablePointer<Float>],
    then activation: Activation = .linear
  ) {
    guard let compute = layers.first?.compute else { return }
    let packed = PackedRows(x, compute.arithmetic.multiplication, compute: compute)
    let products = layers.map { layer in
      precondition(
        x.columns == layer.inputs,
        "\(layer.weight.name): rows of \(x.columns), expected \(layer.inputs)")
      return Product(packed, layer.weight)
    }
    let pieces = Pieces(
      rows: x.rows, outputs: layers.map(\.outputs), threads: compute.threads)
    nonisolated(unsafe) let outs = unsafe outs
    unsafe compute.parallel(pieces.count, scratch: products[0].scratch) { index, scratch in
      let piece = pieces[index]
      let (layer, stride) = (layers[piece.weight], layers[piece.weight].outputs)
      let out = unsafe outs[piece.weight] + piece.rows.lowerBound * stride + piece.panel.lowerBound
      unsafe products[piece.weight].write(
        piece.panel, rows: piece.rows, to: out, stride: stride, bias: layer.bias,
        scratch: scratch)
      guard activation != .linear else { return }
      for row in 0..<piece.rows.count {
        unsafe activation.apply(out + row * stride, piece.panel.count)
      }
    }
  }
}
