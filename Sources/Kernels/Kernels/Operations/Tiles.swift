internal import CLatentLensKernels
internal import LatentLensTensors

/// How matrix products are cut. Everything is fixed by shape, so that which thread computes a tile
/// changes nothing in it.
enum Tiles {
  /// As many columns of the left factor as are multiplied before sums go back to memory.
  static let depth = Int(LL_TILE_DEPTH)

  /// Whether this processor has microkernels of ours; without them OpenBLAS multiplies.
  static let isNative = ll_best_isa() != LL_BASELINE

  /// A count of columns rounded up to what their packed strips hold.
  static func padded(_ columns: Int) -> Int {
    (columns + Int(LL_TILE_COLUMNS) - 1) / Int(LL_TILE_COLUMNS) * Int(LL_TILE_COLUMNS)
  }

  /// The blocks of a depth, in order.
  static func blocks(of depth: Int) -> StrideTo<Int> { stride(from: 0, to: depth, by: Self.depth) }
}

/// The left factor of a product, rearranged in the order in which tiles read it.
@safe
struct PackedRows: ~Copyable {
  let rows: Int
  /// How many words a row has.
  let depth: Int
  // Owned and freed by `deinit`; written in `init` only.
  private let base: UnsafeMutablePointer<Float>

  /// Packs `[rows, depth]`, whose rows are `stride` floats apart at `start`.
  init(
    _ start: UnsafePointer<Float>, stride: Int, rows: Int, depth: Int, compute: Compute
  ) {
    self.rows = rows
    self.depth = depth
    let base = unsafe allocateFloats(rows * depth)
    unsafe self.base = base
    let blocks = (depth + Tiles.depth - 1) / Tiles.depth
    compute.parallel(blocks) { index in
      let first = index * Tiles.depth
      unsafe ll_pack_left(
        base + first * rows, start + first, stride, rows, min(Tiles.depth, depth - first))
    }
  }

  /// Packs `[rows, depth]`, rounded to bfloat16 numbers, two to a word, with a zero after odd ones.
  init(bf16 start: UnsafePointer<Float>, rows: Int, depth: Int, compute: Compute) {
    let words = (depth + 1) / 2
    let rounded = Matrix(rows: rows, columns: words)
    let target = unsafe rounded.base
    rounded.forEachRow(compute) { row in
      unsafe ll_encode_bf16(target + row * words, start + row * depth, depth)
    }
    unsafe self.init(target, stride: words, rows: rows, depth: words, compute: compute)
  }

  deinit { unsafe base.deallocate() }

  /// The strips of a block of depth that begin at a row, which has to be a multiple of twelve.
  func strips(row: Int, depth first: Int) -> UnsafePointer<Float> {
    unsafe UnsafePointer(base + first * rows + row * min(Tiles.depth, depth - first))
  }
}
