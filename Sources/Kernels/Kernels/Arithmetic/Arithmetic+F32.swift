internal import CLatentLensKernels
internal import LatentLensTensors

extension Arithmetic {
  /// Products of 32-bit floats by our own kernels.
  public static let f32 = Arithmetic(
    "f32", summary: "the reference", isAvailable: ll_best_isa() != LL_BASELINE, tolerance: 1e-4,
    F32Multiplication())
}

/// Packing moves words as they are, whatever is in them.
struct F32Multiplication: FloatMultiplication {
  let depth = Tiles.depth

  func leftSize(rows: Int, depth: Int) -> Int { rows * depth }

  func packLeft(
    _ source: UnsafePointer<Float>, stride: Int, rows: Int, depth: Int,
    into out: UnsafeMutablePointer<Float>
  ) {
    unsafe ll_pack_left(out, source, stride, rows, depth)
  }

  func rightSize(columns: Int, depth: Int) -> Int { Tiles.padded(columns) * depth }
  let rightScratch = Tiles.panelRows * Tiles.depth

  func packRight(
    _ weight: Weight, rows: Range<Int>, columns: Range<Int>,
    into out: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>,
    squares: UnsafeMutablePointer<Float>?
  ) {
    if unsafe weight.encoding == .f32 && squares == nil {
      // Words as they are in the file.
      unsafe weight.withBytes(rows, column: columns.lowerBound) { bytes, stride in
        unsafe ll_pack_right(
          out, bytes.assumingMemoryBound(to: Float.self), stride / 4, rows.count, columns.count)
      }
      return
    }
    unsafe weight.decode(rows: rows, columns: columns, into: scratch, squares: squares)
    unsafe ll_pack_right(out, scratch, columns.count, rows.count, columns.count)
  }

  func multiply(
    few rows: Int, _ left: UnsafePointer<Float>, _ weight: Weight, rows panel: Range<Int>,
    columns: Range<Int>, into out: UnsafeMutablePointer<Float>, stride: Int,
    initial: UnsafePointer<Float>?, accumulate: Bool, scratch: UnsafeMutablePointer<Float>
  ) -> Bool {
    guard rows <= Int(LL_FEW_ROWS) else { return false }
    if weight.encoding == .f32 {
      unsafe weight.withBytes(panel, column: columns.lowerBound) { bytes, apart in
        unsafe ll_multiply_few(
          out, stride, left, bytes.assumingMemoryBound(to: Float.self), apart / 4, rows,
          panel.count, columns.count, initial, accumulate)
      }
    } else {
      unsafe weight.decode(rows: panel, columns: columns, into: scratch)
      unsafe ll_multiply_few(
        out, stride, left, scratch, columns.count, rows, panel.count, columns.count, initial,
        accumulate)
    }
    return true
  }

  func packRight(
    _ source: UnsafePointer<Float>, stride: Int, columns: Int, depth: Int, transposed: Bool,
    into out: UnsafeMutablePointer<Float>
  ) {
    if transposed {
      unsafe ll_pack_right(out, source, stride, columns, depth)
    } else {
      unsafe ll_pack_right_columns(out, source, stride, columns, depth)
    }
  }

  func multiply(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, rows: Int, columns: Int,
    depth: Int, into out: UnsafeMutablePointer<Float>, stride: Int,
    initial: UnsafePointer<Float>?, accumulate: Bool
  ) {
    unsafe ll_multiply_packed(
      out, stride, left, right, rows, columns, depth, initial, accumulate)
  }
}
