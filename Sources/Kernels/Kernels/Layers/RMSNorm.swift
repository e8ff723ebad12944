internal import CLatentLensKernels
public import LatentLensTensors

/// Root-mean-square normalisation, `x / sqrt(mean(x²) + epsilon) · weight`
/// (Zhang & Sennrich, arXiv 1910.07467).
public struct RMSNorm: Sendable {
  public let weight: [Float]
  public let epsilon: Float
  public let offset: Float
  private let compute: Compute

  /// - Parameters:
  ///   - weight: an element for each of the width.
  ///   - offset: added to the weight; 1 for models that store it as a difference from one.
  public init(_ weight: [Float], epsilon: Float, offset: Float = 0, compute: Compute) {
    self.weight = weight
    self.epsilon = epsilon
    self.offset = offset
    self.compute = compute
  }

  public var width: Int { weight.count }

  /// Normalises each `width` elements of each row: the whole row, or head by head where rows are
  /// several widths long.
  public func callAsFunction(_ x: borrowing Matrix) -> Matrix {
    let out = Matrix(uninitializedRows: x.rows, columns: x.columns)
    let (source, target) = unsafe (x.base, out.base)
    unsafe weight.withUnsafeBufferPointer { weight in
      guard let weight = weight.baseAddress else { return }
      x.forEachSlice(width, compute) { start in
        unsafe ll_rms_norm(target + start, source + start, weight, offset, epsilon, width)
      }
    }
    return out
  }
}

extension Matrix {
  /// Calls `body` with the place of every `width` elements, in parallel over rows.
  func forEachSlice(_ width: Int, _ compute: Compute, _ body: (Int) -> Void) {
    precondition(
      width > 0 && columns % width == 0, "rows of \(columns) are no multiple of \(width)")
    forEachRow(compute) { row in
      for start in stride(from: row * columns, to: (row + 1) * columns, by: width) { body(start) }
    }
  }

  /// Calls `body` with every row, in parallel over blocks of rows.
  func forEachRow(_ compute: Compute, _ body: (Int) -> Void) {
    let block = 8
    compute.parallel((rows + block - 1) / block) { index in
      for row in index * block..<min((index + 1) * block, rows) { body(row) }
    }
  }
}
