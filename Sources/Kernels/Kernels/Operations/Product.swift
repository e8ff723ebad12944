internal import CLatentLensKernels
internal import LatentLensTensors

/// The product of activations and a stored weight, `x · weightᵀ`, a panel of weight rows at a time.
///
/// A panel is converted a block at a time in scratch memory, whatever the weight is stored as, so that
/// no more than this is ever held as floats. Factors are made of words: a word is one 32-bit float, or
/// two bfloat16 numbers that are neighbours in a row.
@safe
struct Product: ~Copyable {
  private let weight: Weight
  private let rows: Int
  private let width: Int
  private let isBF16: Bool
  // Borrowed from the matrix, which the caller keeps for as long as the product.
  private let x: UnsafePointer<Float>
  private let packed: PackedRows

  /// The rows of the weight that are widened and multiplied together.
  static let panelRows = 128
  /// The rows of `x` that are multiplied with a panel at once: some of the second cache's size.
  private static let blockRows = 384

  /// Floats of scratch memory that `write` needs: a block of a panel, as it is and packed, and a row.
  static let scratch = 2 * panelRows * Tiles.depth + 2 * Tiles.depth

  /// - Parameter precision: nil takes that of `compute`.
  init(
    _ x: borrowing Matrix, _ weight: Weight, compute: Compute, precision: Compute.Precision? = nil
  ) {
    self.weight = weight
    rows = x.rows
    width = x.columns
    unsafe self.x = UnsafePointer(x.base)
    isBF16 = (precision ?? compute.precision) == .bf16 && Compute.hasBF16
    packed =
      unsafe isBF16
      ? PackedRows(bf16: x.base, rows: rows, depth: width, compute: compute)
      : PackedRows(
        x.base, stride: width, rows: Tiles.isNative ? rows : 0, depth: width, compute: compute)
    BLAS.prepare()
  }

  /// The number of panels.
  var panels: Int { (weight.shape[0] + Self.panelRows - 1) / Self.panelRows }

  /// The weight rows of a panel.
  func panel(_ index: Int) -> Range<Int> {
    let first = index * Self.panelRows
    return first..<min(first + Self.panelRows, weight.shape[0])
  }

  /// The number of blocks of rows of `x`.
  var blocks: Int { (rows + Self.blockRows - 1) / Self.blockRows }

  /// The rows of `x` in a block.
  func block(_ index: Int) -> Range<Int> {
    let first = index * Self.blockRows
    return first..<min(first + Self.blockRows, rows)
  }

  /// Writes the products of rows of `x` with the weight rows of a panel.
  ///
  /// - Parameters:
  ///   - block: the rows of `x`, one of `block(_:)`; nil takes all.
  ///   - out: where the product of row 0 of `x` with the panel's first would go; rows are `stride`
  ///     floats apart.
  ///   - bias: added to every row, an element for each row of the weight.
  ///   - norms: where the L2 norms of the panel's weight rows go, if they are wanted; 32-bit only.
  ///   - scratch: as many floats as `Self.scratch`.
  func write(
    _ panel: Range<Int>, rows block: Range<Int>? = nil, to out: UnsafeMutablePointer<Float>,
    stride: Int, bias: [Float]? = nil, norms: UnsafeMutablePointer<Float>? = nil,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let block = block ?? 0..<rows
    let target = unsafe out + block.lowerBound * stride
    let count = panel.count
    unsafe norms?.update(repeating: 0, count: count)
    if width == 0 || !Tiles.isNative {
      unsafe initialize(target, block.count, stride, bias: bias, panel)
    }
    for first in Tiles.blocks(of: packed.depth) {
      let depth = min(Tiles.depth, packed.depth - first)
      unsafe convert(panel, first..<first + depth, into: scratch)
      if let norms = unsafe norms {
        for row in 0..<count {
          let values = unsafe scratch + row * depth
          unsafe norms[row] += ll_dot(values, values, depth)
        }
      }
      guard Tiles.isNative else {
        unsafe BLAS.multiplyAdd(
          block.count, count, depth, x + block.lowerBound * width + first, width, scratch, depth,
          transposed: true, target, stride)
        continue
      }
      let right = unsafe scratch + Self.panelRows * Tiles.depth
      unsafe ll_pack_right(right, scratch, depth, count, depth)
      let left = unsafe packed.strips(row: block.lowerBound, depth: first)
      let multiply = unsafe isBF16 ? ll_multiply_packed_bf16 : ll_multiply_packed
      if first == 0, let bias {
        unsafe bias.withUnsafeBufferPointer { bias in
          let start = unsafe bias.baseAddress.map { unsafe $0 + panel.lowerBound }
          unsafe multiply(target, stride, left, right, block.count, count, depth, start, false)
        }
      } else {
        unsafe multiply(target, stride, left, right, block.count, count, depth, nil, first > 0)
      }
    }
    if let norms = unsafe norms {
      for row in 0..<count { unsafe norms[row] = norms[row].squareRoot() }
    }
  }

  /// Writes words of a panel, row by row without gaps.
  private func convert(
    _ panel: Range<Int>, _ words: Range<Int>, into scratch: UnsafeMutablePointer<Float>
  ) {
    if isBF16 {
      let columns = 2 * words.lowerBound..<min(2 * words.upperBound, width)
      let row = unsafe scratch + 2 * Self.panelRows * Tiles.depth
      unsafe weight.encodeBF16(
        rows: panel, columns: columns, into: scratch, stride: words.count, scratch: row)
    } else {
      unsafe weight.decode(rows: panel, columns: words, into: scratch)
    }
  }

  private func initialize(
    _ target: UnsafeMutablePointer<Float>, _ rows: Int, _ stride: Int, bias: [Float]?,
    _ panel: Range<Int>
  ) {
    for row in 0..<rows {
      for column in 0..<panel.count {
        unsafe target[row * stride + column] = bias?[panel.lowerBound + column] ?? 0
      }
    }
  }
}
