import LatentLensComponents

/// The patches of the two views: of the whole picture, and of the one that overlapping crops give
/// together.
struct OverlappingCrops {
  /// A raster of patches by their rows among the features.
  struct Raster {
    let rows: [[Int]]

    /// Squares of patches row by row, centred, so that what is left over at the edges is shared between
    /// them; squares that reach beyond an edge hold fewer patches.
    func pooled(by side: Int, view: Int) -> [[VisualArrangement.Token]] {
      let (height, width) = (rows.count, rows.first?.count ?? 0)
      let (down, across) = ((height + side - 1) / side, (width + side - 1) / side)
      let (top, left) = ((down * side - height) / 2, (across * side - width) / 2)
      return (0..<down).map { row in
        (0..<across).map { column in
          let (y, x) = (row * side - top, column * side - left)
          let patchRows = (y..<y + side).clamped(to: 0..<height)
          let patchColumns = (x..<x + side).clamped(to: 0..<width)
          return VisualArrangement.Token(
            features: patchRows.flatMap { y in patchColumns.map { rows[y][$0] } },
            place: .init(
              view: view, row: row, column: column, patchRows: patchRows,
              patchColumns: patchColumns))
        }
      }
    }
  }

  let whole: Raster
  let picture: Raster

  /// - Throws: `ImageObjection` where the crops are not the whole picture and those of the layout.
  init(_ features: FeatureRows, _ layout: OverlapLayout) throws(ImageObjection) {
    let side = features.grid.rows
    let margins = layout.margins
    let window = side - margins.sum
    guard window > 0, features.crops == 1 + layout.rows * layout.columns else {
      throw ImageObjection(
        "\(features.crops) crops of \(side) x \(side) patches are no whole picture and a raster of "
          + "\(layout.rows) x \(layout.columns) parts that overlap")
    }
    // Of patches in several crops, each crop but the first gives those behind its left margin, and each
    // but the last those before its right one.
    func places(_ crops: Int) -> [(crop: Int, patch: Int)] {
      (0..<crops * window + margins.sum).map { patch in
        let crop = min(max(0, (patch - margins.before) / window), crops - 1)
        return (crop, patch - crop * window)
      }
    }
    whole = Raster(rows: (0..<side).map { y in (0..<side).map { features.row(y, $0) } })
    picture = Raster(
      rows: places(layout.rows).map { row in
        places(layout.columns).map { column in
          features.row(
            crop: 1 + row.crop * layout.columns + column.crop, row.patch, column.patch)
        }
      })
  }
}
