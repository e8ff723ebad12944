/// The right factor of products with several left ones, `a · b` or `a · bᵀ`, in scratch memory.
@safe
struct RightFactor {
  private let columns: Int
  private let depth: Int
  private let multiplication: any Multiplication
  // Lent by the caller for as long as it uses the factor.
  private let packed: UnsafeMutablePointer<Float>

  /// - Parameters:
  ///   - source: `[depth, columns]`, or `[columns, depth]` if it is to be transposed.
  ///   - stride: how many floats its rows are apart.
  ///   - scratch: as many floats as the multiplication says of the size of a right factor.
  init(
    _ source: UnsafePointer<Float>, stride: Int, columns: Int, depth: Int, transposed: Bool,
    _ multiplication: any Multiplication, scratch: UnsafeMutablePointer<Float>
  ) {
    self.columns = columns
    self.depth = depth
    self.multiplication = multiplication
    unsafe packed = scratch
    for first in multiplication.blocks(of: depth) {
      unsafe multiplication.packRight(
        source + (transposed ? first : first * stride), stride: stride, columns: columns,
        depth: min(multiplication.depth, depth - first), transposed: transposed,
        into: scratch + multiplication.rightSize(columns: columns, depth: first))
    }
  }

  /// Floats of scratch memory that multiplying as many rows takes.
  static func scratch(rows: Int, _ multiplication: any Multiplication) -> Int {
    multiplication.leftSize(rows: rows, depth: multiplication.depth)
  }

  /// Writes the product `[rows, columns]` of a left factor `[rows, depth]`.
  ///
  /// - Parameter scratch: as many floats as `scratch(rows:_:)` says.
  func multiply(
    _ left: UnsafePointer<Float>, stride leftStride: Int, rows: Int,
    into out: UnsafeMutablePointer<Float>, stride outStride: Int,
    scratch: UnsafeMutablePointer<Float>
  ) {
    for first in multiplication.blocks(of: depth) {
      let count = min(multiplication.depth, depth - first)
      unsafe multiplication.packLeft(
        left + first, stride: leftStride, rows: rows, depth: count, into: scratch)
      unsafe multiplication.multiply(
        scratch, packed + multiplication.rightSize(columns: columns, depth: first), rows: rows,
        columns: columns, depth: count, into: out, stride: outStride, initial: nil,
        accumulate: first > 0)
    }
  }
}
