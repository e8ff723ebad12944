internal import CLatentLensKernels
internal import LatentLensTensors

extension Arithmetic {
  /// Products of bfloat16 numbers with 32-bit sums.
  public static let bf16 = Arithmetic(
    "bf16", summary: "faster, on processors that multiply bfloat16", isAvailable: ll_has_bf16(),
    tolerance: 2e-2, suited: [.bf16, .f16], BF16Multiplication())
}

/// Packs words of two bfloat16 numbers that are neighbours in a row, with a zero after the last of an
/// odd number.
private struct BF16Multiplication: Multiplication {
  let depth = 2 * Tiles.depth

  private func words(_ depth: Int) -> Int { (depth + 1) / 2 }

  func leftSize(rows: Int, depth: Int) -> Int { rows * words(depth) }

  func packLeft(
    _ source: UnsafePointer<Float>, stride: Int, rows: Int, depth: Int,
    into out: UnsafeMutablePointer<Float>
  ) {
    unsafe ll_pack_left_bf16(out, source, stride, rows, depth)
  }

  func rightSize(columns: Int, depth: Int) -> Int { Tiles.padded(columns) * words(depth) }
  let rightScratch = Tiles.panelRows * 2 * Tiles.depth

  func packRight(
    _ weight: Weight, rows: Range<Int>, columns: Range<Int>,
    into out: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>,
    squares: UnsafeMutablePointer<Float>?
  ) {
    // Floats and pairs of bfloat16 numbers are packed from where they are in the file.
    let isWhole = columns.count % 2 == 0 && weight.shape[1] % 2 == 0
    switch weight.encoding {
    case .bf16 where unsafe isWhole && squares == nil:
      unsafe weight.withBytes(rows, column: columns.lowerBound) { bytes, stride in
        unsafe ll_pack_right(
          out, bytes.assumingMemoryBound(to: Float.self), stride / 4, rows.count,
          words(columns.count))
      }
    case .f32 where unsafe squares == nil:
      unsafe weight.withBytes(rows, column: columns.lowerBound) { bytes, stride in
        unsafe ll_pack_right_bf16(
          out, bytes.assumingMemoryBound(to: Float.self), stride / 4, rows.count, columns.count)
      }
    default:
      unsafe weight.decode(rows: rows, columns: columns, into: scratch, squares: squares)
      unsafe ll_pack_right_bf16(out, scratch, columns.count, rows.count, columns.count)
    }
  }

  func multiply(
    few rows: Int, _ left: UnsafePointer<Float>, _ weight: Weight, rows panel: Range<Int>,
    columns: Range<Int>, into out: UnsafeMutablePointer<Float>, stride: Int,
    initial: UnsafePointer<Float>?, accumulate: Bool, scratch: UnsafeMutablePointer<Float>
  ) -> Bool {
    guard rows <= Int(LL_FEW_ROWS), ll_has_bf16() else { return false }
    let isWhole = columns.count % 2 == 0 && weight.shape[1] % 2 == 0
    switch weight.encoding {
    case .bf16 where isWhole:
      unsafe weight.withBytes(panel, column: columns.lowerBound) { bytes, apart in
        unsafe ll_multiply_few_bf16(
          out, stride, left, bytes.assumingMemoryBound(to: Float.self), apart / 4, true, rows,
          panel.count, words(columns.count), initial, accumulate)
      }
    case .f32:
      unsafe weight.withBytes(panel, column: columns.lowerBound) { bytes, apart in
        unsafe ll_multiply_few_bf16(
          out, stride, left, bytes.assumingMemoryBound(to: Float.self), apart / 4, false, rows,
          panel.count, columns.count, initial, accumulate)
      }
    default:
      unsafe weight.decode(rows: panel, columns: columns, into: scratch)
      unsafe ll_multiply_few_bf16(
        out, stride, left, scratch, columns.count, false, rows, panel.count, columns.count,
        initial, accumulate)
    }
    return true
  }

  func packRight(
    _ source: UnsafePointer<Float>, stride: Int, columns: Int, depth: Int, transposed: Bool,
    into out: UnsafeMutablePointer<Float>
  ) {
    if transposed {
      unsafe ll_pack_right_bf16(out, source, stride, columns, depth)
    } else {
      unsafe ll_pack_right_columns_bf16(out, source, stride, columns, depth)
    }
  }

  func multiply(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, rows: Int, columns: Int,
    depth: Int, into out: UnsafeMutablePointer<Float>, stride: Int,
    initial: UnsafePointer<Float>?, accumulate: Bool
  ) {
    unsafe ll_multiply_packed_bf16(
      out, stride, left, right, rows, columns, words(depth), initial, accumulate)
  }
}
