import LatentLensComponents

/// The patches of the two views: of the whole picture, and of the one that overlapping crops give
/// together.
struct OverlappingCrops {
  /// A raster of patches by their rows among the features.
  struct Raster {
    let rows: [[Int]]

    /// Squares of patches row by row, centred, so that what is left over at the edges is shared between
    /// them; -1 stands for patches beyond an edge.
    func pooled(by side: Int, view: Int) -> [[VisualArrangement.Token]] {
      let (height, width) = (rows.count, rows.first?.count ?? 0)
      let (down, across) = ((height + side - 1) / side, (width + side - 1) / side)
      let (top, left) = ((down * side - height) / 2, (across * side - width) / 2)
      return (0..<down).map { row in
        (0..<across).map { column in
          let (y, x) = (row * side - top, column * side - left)
          let features = (y..<y + side).flatMap { y in
            (x..<x + side).map { x in
              rows.indices.contains(y) && rows[y].indices.contains(x) ? rows[y][x] : -1
            }
          }
          return VisualArrangement.Token(
            features: features,
            place: .init(
              view: view, row: row, column: column,
              patchRows: (y..<y + side).clamped(to: 0..<height),
              patchColumns: (x..<x + side).clamped(to: 0..<width)))
        }
      }
    }
  }

  let whole: Raster
  let picture: Raster

  /// Nil if the crops are not those of a raster.
  init?(_ features: FeatureRows, _ frame: ImageFrame) {
    let side = features.grid.rows
    let margins = frame.tileMargins ?? [4, 4]
    let window = side - margins[0] - margins[1]
    guard window > 0, features.crops > 1 else { return nil }
    func length(_ crops: Int) -> Int { crops * window + margins[0] + margins[1] }
    let count = features.crops - 1
    let rasters = (1...count).filter { count % $0 == 0 }.map { ($0, count / $0) }
    let raster = rasters.first { rows, columns in
      if let tiles = frame.tileRows { return tiles == rows }
      return frame.tileTokenRows == (length(rows) + 1) / 2
        && frame.tileTokenColumns == (length(columns) + 1) / 2
    }
    guard let raster else { return nil }
    // Of patches in several crops, each crop but the first gives those behind its left margin, and each
    // but the last those before its right one.
    func place(_ patch: Int, of crops: Int) -> (crop: Int, patch: Int) {
      let crop = min(max(0, (patch - margins[0]) / window), crops - 1)
      return (crop, patch - crop * window)
    }
    whole = Raster(
      rows: (0..<side).map { y in (0..<side).map { features.row(y, $0) } })
    picture = Raster(
      rows: (0..<length(raster.0)).map { y in
        let row = place(y, of: raster.0)
        return (0..<length(raster.1)).map { x in
          let column = place(x, of: raster.1)
          return features.row(
            crop: 1 + row.crop * raster.1 + column.crop, row.patch, column.patch)
        }
      })
  }
}
