internal import CLatentLensKernels
internal import LatentLensTensors

extension Weight {
  /// Writes the dot products of a vector with some rows, in 32 bits, from where they are stored.
  ///
  /// - Parameters:
  ///   - x: as many floats as a row has elements.
  ///   - out: room for `rows.count` floats.
  ///   - scratch: room for a row, where it has to be decoded first.
  func dots(
    _ x: UnsafePointer<Float>, rows: Range<Int>, into out: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let width = shape[1]
    switch encoding {
    case .f32:
      unsafe withBytes(rows, column: 0) { bytes, _ in
        unsafe ll_dots(out, x, bytes, width, rows.count, width)
      }
    case .bf16:
      unsafe withBytes(rows, column: 0) { bytes, _ in
        unsafe ll_dots_bf16(out, x, bytes, width, rows.count, width)
      }
    default:
      for row in rows {
        unsafe decode(rows: row..<row + 1, columns: 0..<width, into: scratch)
        unsafe out[row - rows.lowerBound] = ll_dot(x, scratch, width)
      }
    }
  }
}
