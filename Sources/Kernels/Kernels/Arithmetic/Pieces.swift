/// How the product of rows with a weight, or with several, is cut into pieces that threads share out.
///
/// Every element is the same sum wherever it is cut, so that the cut may depend on the number of threads: a
/// panel of a weight is packed once for each block of rows, so that blocks are as large as leaves enough pieces.
struct Pieces {
  /// A panel of a weight's rows, and a block of the left factor's.
  struct Piece {
    let weight: Int
    let panel: Range<Int>
    let rows: Range<Int>
  }

  private let panels: [(weight: Int, rows: Range<Int>)]
  private let blocks: [Range<Int>]

  /// Half of what is packed together in a search: more pieces, of which the last ends early.
  private static let panelRows = Tiles.panelRows / 2
  /// The pieces that each thread has at least, where there are rows enough, and the rows of a block, in tiles.
  private static let perThread = 8
  private static let blockTiles = 8...96

  /// - Parameters:
  ///   - rows: of the left factor.
  ///   - outputs: the rows of each weight.
  init(rows: Int, outputs: [Int], threads: Int) {
    panels = outputs.enumerated().flatMap { weight, count in
      stride(from: 0, to: count, by: Self.panelRows).map {
        (weight, $0..<min($0 + Self.panelRows, count))
      }
    }
    let wanted = max(1, Self.perThread * threads / max(panels.count, 1))
    let tiles = (rows + wanted * Tiles.rows - 1) / (wanted * Tiles.rows)
    let height =
      Tiles.rows * min(max(tiles, Self.blockTiles.lowerBound), Self.blockTiles.upperBound)
    blocks = stride(from: 0, to: rows, by: height).map { $0..<min($0 + height, rows) }
    blockRows = min(height, rows)
  }

  /// The most rows of a block, and of a panel.
  let blockRows: Int
  var panelRows: Int { Self.panelRows }

  var count: Int { panels.count * blocks.count }

  /// Pieces of the same panel follow each other: its bytes are still in a cache.
  subscript(index: Int) -> Piece {
    let panel = panels[index / blocks.count]
    return Piece(weight: panel.weight, panel: panel.rows, rows: blocks[index % blocks.count])
  }
}
