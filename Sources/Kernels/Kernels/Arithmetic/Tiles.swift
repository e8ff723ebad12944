internal import CLatentLensKernels

/// How our own kernels cut matrix products. Everything is fixed by shape, so that which thread computes
/// a tile changes nothing in it.
enum Tiles {
  /// As many words, 32 bits of a row, as are packed at once.
  static let depth = Int(LL_TILE_DEPTH)
  /// The rows of a left factor that are packed side by side, or a multiple of them.
  static let rows = 12
  /// The rows of a weight that are widened and multiplied together.
  static let panelRows = 128
  /// The rows of queries that are multiplied with a panel at once: some of the second cache's size.
  static let blockRows = 32 * rows

  /// A count of columns rounded up to what their packed strips hold.
  static func padded(_ columns: Int) -> Int {
    (columns + Int(LL_TILE_COLUMNS) - 1) / Int(LL_TILE_COLUMNS) * Int(LL_TILE_COLUMNS)
  }
}
