internal import LatentLensTensors

/// The left factor of products, packed.
@safe
final class PackedRows {
  let rows: Int
  let width: Int
  let multiplication: any Multiplication
  private let depth: Int
  // Owned and freed by `deinit`; written in `init` only, and read by several threads after that.
  private let base: UnsafeMutablePointer<Float>

  /// Packs all rows of a matrix.
  ///
  /// - Parameter depth: of a block; nil takes that of the multiplication.
  init(
    _ x: borrowing Matrix, _ multiplication: any Multiplication, depth: Int? = nil,
    compute: Compute
  ) {
    let most = depth ?? multiplication.depth
    self.depth = most
    let (rows, width) = (x.rows, x.columns)
    let base = unsafe allocateFloats(multiplication.leftSize(rows: rows, depth: width))
    self.rows = rows
    self.width = width
    self.multiplication = multiplication
    unsafe self.base = base
    let source = unsafe UnsafePointer(x.base)
    let pieces = (rows + Tiles.blockRows - 1) / Tiles.blockRows
    let blocks = (width + most - 1) / most
    // A few rows are packed sooner than another thread is awake.
    let packing = rows > Tiles.rows ? compute : Compute(threads: 1)
    packing.parallel(pieces * blocks) { index in
      let (row, first) = (
        index % pieces * Tiles.blockRows, index / pieces * most
      )
      let depth = min(most, width - first)
      let place =
        multiplication.leftSize(rows: rows, depth: first)
        + multiplication.leftSize(rows: row, depth: depth)
      unsafe multiplication.packLeft(
        source + row * width + first, stride: width, rows: min(Tiles.blockRows, rows - row),
        depth: depth, into: base + place)
    }
  }

  deinit { unsafe deallocateFloats(base) }

  /// A block of depth from a row on, which has to be a multiple of `Tiles.rows`.
  func block(row: Int, depth first: Int) -> UnsafePointer<Float> {
    let depth = min(depth, width - first)
    let place =
      multiplication.leftSize(rows: rows, depth: first)
      + multiplication.leftSize(rows: row, depth: depth)
    return unsafe UnsafePointer(base + place)
  }
}
