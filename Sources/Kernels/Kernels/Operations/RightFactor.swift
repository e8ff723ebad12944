internal import CLatentLensKernels

/// The right factor of products with several left ones, `a · b` or `a · bᵀ`, in scratch memory.
@safe
struct RightFactor {
  private let columns: Int
  private let depth: Int
  private let isTransposed: Bool
  private let stride: Int
  // Both are lent by the caller for as long as it uses the factor.
  private let source: UnsafePointer<Float>
  private let strips: UnsafeMutablePointer<Float>

  /// Floats of scratch memory that a factor takes.
  static func scratch(columns: Int, depth: Int) -> Int { Tiles.padded(columns) * depth }

  /// - Parameters:
  ///   - source: `[depth, columns]`, or `[columns, depth]` if it is to be transposed.
  ///   - stride: how many floats its rows are apart.
  ///   - scratch: as many floats as `scratch(columns:depth:)` says.
  init(
    _ source: UnsafePointer<Float>, stride: Int, columns: Int, depth: Int, transposed: Bool,
    scratch: UnsafeMutablePointer<Float>
  ) {
    self.columns = columns
    self.depth = depth
    isTransposed = transposed
    self.stride = stride
    unsafe self.source = source
    unsafe strips = scratch
    guard Tiles.isNative else { return }
    for first in Tiles.blocks(of: depth) {
      let count = min(Tiles.depth, depth - first)
      let target = unsafe scratch + first * Tiles.padded(columns)
      if transposed {
        unsafe ll_pack_right(target, source + first, stride, columns, count)
      } else {
        unsafe ll_pack_right_columns(target, source + first * stride, stride, columns, count)
      }
    }
  }

  /// Writes the product `[rows, columns]` of a left factor `[rows, depth]`.
  ///
  /// - Parameter scratch: `rows * Tiles.depth` floats.
  func multiply(
    _ left: UnsafePointer<Float>, stride leftStride: Int, rows: Int,
    into out: UnsafeMutablePointer<Float>, stride outStride: Int,
    scratch: UnsafeMutablePointer<Float>
  ) {
    guard Tiles.isNative else {
      for row in 0..<rows { unsafe (out + row * outStride).update(repeating: 0, count: columns) }
      unsafe BLAS.multiplyAdd(
        rows, columns, depth, left, leftStride, source, stride, transposed: isTransposed, out,
        outStride)
      return
    }
    for first in Tiles.blocks(of: depth) {
      let count = min(Tiles.depth, depth - first)
      unsafe ll_pack_left(scratch, left + first, leftStride, rows, count)
      unsafe ll_multiply_packed(
        out, outStride, scratch, strips + first * Tiles.padded(columns), rows, columns, count, nil,
        first > 0)
    }
  }
}
