public import LatentLensTensors

/// A table of vectors, one for each token or position: `weight` `[count, width]`.
public struct Embedding: Sendable {
  public let weight: Weight
  /// What a head that shares the table computes with.
  public let compute: Compute

  /// A table of a weight `[count, width]`.
  public init(_ weight: Weight, compute: Compute) {
    precondition(weight.shape.count == 2, "\(weight.name): a table cannot be \(weight.shape)")
    self.weight = weight
    self.compute = compute
  }

  public var count: Int { weight.shape[0] }
  public var width: Int { weight.shape[1] }

  /// The vectors of these indices, `[ids.count, width]`; every index has to be in the table.
  public func callAsFunction(_ ids: [Int]) -> Matrix {
    let out = Matrix(uninitializedRows: ids.count, columns: width)
    for (row, id) in ids.enumerated() {
      precondition(0 <= id && id < count, "index \(id) in a table of \(count)")
      unsafe weight.decode(id * width..<(id + 1) * width, into: out.base + row * width)
    }
    return out
  }
}
