internal import CLatentLensKernels
internal import LatentLensTensors

extension Weight {
  /// The dot product of a vector with a row, in 32 bits, from where it is stored.
  ///
  /// - Parameters:
  ///   - x: as many floats as a row has elements.
  ///   - scratch: room for a row, where it has to be decoded first.
  func dot(
    _ x: UnsafePointer<Float>, row: Int, scratch: UnsafeMutablePointer<Float>
  ) -> Float {
    let (width, rows) = (shape[1], row..<row + 1)
    var product: Float = 0
    switch encoding {
    case .f32:
      unsafe withBytes(rows, column: 0) { bytes, _ in
        // Kernels take floats at any address.
        unsafe product = ll_dot(x, bytes.assumingMemoryBound(to: Float.self), width)
      }
    case .bf16:
      unsafe withBytes(rows, column: 0) { bytes, _ in
        unsafe product = ll_dot_bf16(x, bytes, width)
      }
    default:
      unsafe decode(rows: rows, columns: 0..<width, into: scratch)
      unsafe product = ll_dot(x, scratch, width)
    }
    return product
  }
}
