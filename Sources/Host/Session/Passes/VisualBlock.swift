internal import LatentLensComponents

/// The visual tokens of one image whose rows and columns are their places for a rotary embedding.
struct VisualBlock {
  /// The rows of the sequence that they take, ascending.
  let positions: [Int]
  let raster: VisualArrangement.Raster

  /// Places on three axes: time, row and column (transformers `get_rope_index`).
  ///
  /// Text counts on all of them at once. An image starts where the text stands, and what follows goes on
  /// behind its longer side.
  static func coordinates(ofTokens count: Int, with blocks: [VisualBlock]) -> [[Int]] {
    var places: [[Int]] = [[], [], []]
    var next = 0
    var image = 0
    var seen = 0
    for position in 0..<count {
      guard image < blocks.count, blocks[image].positions[seen] == position else {
        for axis in 0..<3 { places[axis].append(next) }
        next += 1
        continue
      }
      let (rows, columns) = (blocks[image].raster.rows, max(1, blocks[image].raster.columns))
      places[0].append(next)
      places[1].append(next + seen / columns)
      places[2].append(next + seen % columns)
      seen += 1
      if seen == blocks[image].positions.count {
        next += max(rows, columns)
        image += 1
        seen = 0
      }
    }
    return places
  }
}
