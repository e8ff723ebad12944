internal import LatentLensTensors

/// The product of activations and a stored weight, `x · weightᵀ`, a panel of weight rows at a time.
///
/// A panel is packed a block at a time in scratch memory, whatever the weight is stored as, so that no
/// more than this is ever held in another form.
struct Product {
  private let weight: Weight
  private let rows: Int
  private let width: Int
  private let multiplication: any Multiplication
  private let packed: PackedRows

  /// The most rows of a panel.
  static let panelRows = Tiles.panelRows

  /// A product of rows that are packed already.
  init(_ packed: PackedRows, _ weight: Weight) {
    self.weight = weight
    rows = packed.rows
    width = packed.width
    multiplication = packed.multiplication
    self.packed = packed
  }

  /// - Parameter multiplication: nil takes that of `compute`.
  init(
    _ x: borrowing Matrix, _ weight: Weight, compute: Compute,
    multiplication: (any Multiplication)? = nil
  ) {
    self.init(
      PackedRows(x, multiplication ?? compute.arithmetic.multiplication, compute: compute), weight)
  }

  /// Floats of scratch memory that `write` needs.
  var scratch: Int { packedPanel + multiplication.rightScratch }

  private var packedPanel: Int {
    multiplication.rightSize(columns: Self.panelRows, depth: multiplication.depth)
  }

  /// The number of panels of `panelRows`, or fewer rows in the last.
  var panels: Int { (weight.shape[0] + Self.panelRows - 1) / Self.panelRows }

  /// The weight rows of a panel.
  func panel(_ index: Int) -> Range<Int> {
    let first = index * Self.panelRows
    return first..<min(first + Self.panelRows, weight.shape[0])
  }

  /// Writes the products of rows of `x` with the weight rows of a panel.
  ///
  /// - Parameters:
  ///   - block: rows of `x`, of which the first is a multiple of `Tiles.rows`; nil takes all.
  ///   - out: where the product of the first of these rows with the panel's first goes; rows are `stride`
  ///     floats apart.
  ///   - bias: added to every row, an element for each row of the weight.
  ///   - norms: where the L2 norms of the panel's weight rows go, if they are wanted.
  ///   - scratch: as many floats as `self.scratch`.
  func write(
    _ panel: Range<Int>, rows block: Range<Int>? = nil, to out: UnsafeMutablePointer<Float>,
    stride: Int, bias: [Float]? = nil, norms: UnsafeMutablePointer<Float>? = nil,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let block = block ?? 0..<rows
    let packing = unsafe scratch + packedPanel
    unsafe norms?.update(repeating: 0, count: panel.count)
    if width == 0 { unsafe write(bias, panel, to: out, rows: block.count, stride: stride) }
    unsafe (bias ?? []).withUnsafeBufferPointer { elements in
      // Only a bias that is there may lend its address.
      let start = bias == nil ? nil : elements.baseAddress
      let initial = unsafe start.map { unsafe $0 + panel.lowerBound }
      for first in multiplication.blocks(of: width) {
        let columns = first..<min(first + multiplication.depth, width)
        let left = unsafe packed.block(row: block.lowerBound, depth: first)
        if unsafe norms == nil
          && multiplication.multiply(
            few: block.count, left, weight, rows: panel, columns: columns, into: out,
            stride: stride, initial: first == 0 ? initial : nil, accumulate: first > 0,
            scratch: packing)
        {
          continue
        }
        unsafe multiplication.packRight(
          weight, rows: panel, columns: columns, into: scratch, scratch: packing, squares: norms)
        unsafe multiplication.multiply(
          left, scratch, rows: block.count, columns: panel.count, depth: columns.count, into: out,
          stride: stride,
          initial: first == 0 ? initial : nil, accumulate: first > 0)
      }
    }
    if let norms = unsafe norms {
      for row in 0..<panel.count { unsafe norms[row] = norms[row].squareRoot() }
    }
  }

  /// What is left of a product of nothing.
  private func write(
    _ bias: [Float]?, _ panel: Range<Int>, to out: UnsafeMutablePointer<Float>, rows: Int,
    stride: Int
  ) {
    for row in 0..<rows {
      for column in 0..<panel.count {
        unsafe out[row * stride + column] = bias?[panel.lowerBound + column] ?? 0
      }
    }
  }
}
