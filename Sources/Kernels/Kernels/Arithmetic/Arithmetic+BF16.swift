internal import CLatentLensKernels
internal import LatentLensTensors

extension Arithmetic {
  /// Products of bfloat16 numbers with 32-bit sums.
  public static let bf16 = Arithmetic(
    "bf16", summary: "faster, on processors that multiply bfloat16", isAvailable: ll_has_bf16(),
    tolerance: 2e-2, suited: [.bf16, .f16], BF16Multiplication())
}

/// Packs words of two bfloat16 numbers that are neighbours in a row, with a zero after the last of an
/// odd number; packing moves a word as it does a float.
private struct BF16Multiplication: Multiplication {
  let depth = 2 * Tiles.depth

  private func words(_ depth: Int) -> Int { (depth + 1) / 2 }

  func leftSize(rows: Int, depth: Int) -> Int { rows * words(depth) }
  let leftScratch = Tiles.rows * Tiles.depth

  func packLeft(
    _ source: UnsafePointer<Float>, stride: Int, rows: Int, depth: Int,
    into out: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    let words = words(depth)
    for first in Swift.stride(from: 0, to: rows, by: Tiles.rows) {
      let count = min(Tiles.rows, rows - first)
      for row in 0..<count {
        unsafe round(source + (first + row) * stride, depth, into: scratch + row * words)
      }
      unsafe ll_pack_left(out + first * words, scratch, words, count, words)
    }
  }

  func rightSize(columns: Int, depth: Int) -> Int { Tiles.padded(columns) * words(depth) }
  // A panel of words, and a row of floats.
  let rightScratch = Tiles.panelRows * Tiles.depth + 2 * Tiles.depth

  func packRight(
    _ weight: Weight, rows: Range<Int>, columns: Range<Int>,
    into out: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>,
    squares: UnsafeMutablePointer<Float>?
  ) {
    let words = words(columns.count)
    if unsafe weight.encoding == .bf16 && squares == nil {
      unsafe weight.forEachRow(rows, columns: columns) { row, bytes in
        let target = unsafe scratch + row * words
        unsafe pad(target, columns.count)
        unsafe UnsafeMutableRawPointer(target).copyMemory(
          from: bytes, byteCount: 2 * columns.count)
      }
    } else {
      let floats = unsafe scratch + Tiles.panelRows * Tiles.depth
      for row in 0..<rows.count {
        let place = rows.lowerBound + row
        unsafe weight.decode(
          rows: place..<place + 1, columns: columns, into: floats,
          squares: squares.map { unsafe $0 + row })
        unsafe round(floats, columns.count, into: scratch + row * words)
      }
    }
    unsafe ll_pack_right(out, scratch, words, rows.count, words)
  }

  func multiply(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, rows: Int, columns: Int,
    depth: Int, into out: UnsafeMutablePointer<Float>, stride: Int,
    initial: UnsafePointer<Float>?, accumulate: Bool
  ) {
    unsafe ll_multiply_packed_bf16(
      out, stride, left, right, rows, columns, words(depth), initial, accumulate)
  }

  private func round(
    _ source: UnsafePointer<Float>, _ count: Int, into out: UnsafeMutablePointer<Float>
  ) {
    unsafe pad(out, count)
    unsafe ll_encode_bf16(out, source, count)
  }

  /// Clears the word that an odd number of elements fills by half.
  private func pad(_ row: UnsafeMutablePointer<Float>, _ count: Int) {
    if count % 2 == 1 { unsafe row[count / 2] = 0 }
  }
}
