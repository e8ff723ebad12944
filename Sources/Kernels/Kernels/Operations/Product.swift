internal import CKernels

/// The product of activations and a stored weight, `x · weightᵀ`, a panel of weight rows at a time.
///
/// Panels are fixed by shape: which thread computes one changes nothing in it.
@safe
struct Product: ~Copyable {
  private let weight: Weight
  private let compute: Compute
  private let rows: Int
  private let width: Int
  // Borrowed from the matrix, which the caller keeps for as long as the product.
  private let x: UnsafePointer<Float>

  /// The rows of the weight that are widened and multiplied together.
  static let panelRows = 128

  init(_ x: borrowing Matrix, _ weight: Weight, compute: Compute) {
    self.weight = weight
    self.compute = compute
    rows = x.rows
    width = x.columns
    unsafe self.x = UnsafePointer(x.base)
    BLAS.prepare()
  }

  private var outputs: Int { weight.shape[0] }

  /// The number of panels.
  var panels: Int { (outputs + Self.panelRows - 1) / Self.panelRows }

  /// The weight rows of a panel.
  func panel(_ index: Int) -> Range<Int> {
    let first = index * Self.panelRows
    return first..<min(first + Self.panelRows, outputs)
  }

  /// How many floats of scratch memory `write` needs.
  var scratch: Int { Self.panelRows * width }

  /// Writes the products of all rows of `x` with the weight rows of a panel, `[rows, panel.count]`.
  ///
  /// - Parameters:
  ///   - out: where the first of them goes; rows are `stride` floats apart.
  ///   - bias: added to every row, an element for each row of the weight.
  ///   - norms: where the L2 norms of the panel's weight rows go, if they are wanted.
  func write(
    _ panel: Range<Int>, to out: UnsafeMutablePointer<Float>, stride: Int, bias: [Float]? = nil,
    norms: UnsafeMutablePointer<Float>? = nil, scratch: UnsafeMutablePointer<Float>
  ) {
    // The caller lends `scratch` floats, within which the panel fits.
    unsafe weight.decode(panel.lowerBound * width..<panel.upperBound * width, into: scratch)
    if let norms = unsafe norms {
      for index in 0..<panel.count {
        let row = unsafe scratch + index * width
        unsafe norms[index] = ll_dot(row, row, width).squareRoot()
      }
    }
    for row in 0..<rows {
      let target = unsafe out + row * stride
      for column in 0..<panel.count {
        unsafe target[column] = bias?[panel.lowerBound + column] ?? 0
      }
    }
    unsafe BLAS.multiplyAdd(
      rows, panel.count, width, x, width, scratch, width, transposed: true, out, stride)
  }
}
