internal import LatentLensFormats

/// A field of shares between 0 and 1: layers against layers.
struct FieldChart {
  let title: String
  let number: Int
  /// Layers to the right.
  let across: (name: String, layers: [JSONValue])
  /// Layers upwards.
  let along: (name: String, layers: [JSONValue])
  /// Row by row, from the bottom; nil where there is none.
  let shares: [[Double?]]

  private static let (left, top, side) = (52.0, 44.0, 26.0)

  var drawing: Drawing {
    let (columns, rows) = (Double(across.layers.count), Double(along.layers.count))
    let bottom = Self.top + rows * Self.side
    var drawing = Drawing(
      width: max(Self.left + columns * Self.side + 16, 24 + 9 * Double(title.count)),
      height: bottom + 46)
    drawing.text(title, x: 12, y: 24, size: 15, colour: Drawing.ink, isStrong: true)
    for (row, values) in shares.enumerated() {
      let y = bottom - Double(row + 1) * Self.side
      drawing.text(along.layers[row].mark, x: Self.left - 7, y: y + 17, anchor: .end)
      for (column, share) in values.enumerated() {
        guard let share else { continue }
        let x = Self.left + Double(column) * Self.side
        drawing.rectangle(
          x: x + 1, y: y + 1, width: Self.side - 2, height: Self.side - 2,
          colour: Palette.colour(number), opacity: 0.06 + 0.94 * min(max(share, 0), 1))
        drawing.text(
          String(Int((min(max(share, -9), 9) * 100).rounded())), x: x + Self.side / 2, y: y + 17,
          size: 10,
          anchor: .middle, colour: share > 0.55 ? Drawing.paper : Drawing.ink)
      }
    }
    for (column, layer) in across.layers.enumerated() {
      drawing.text(
        layer.mark, x: Self.left + (Double(column) + 0.5) * Self.side, y: bottom + 16, size: 11,
        anchor: .middle)
    }
    drawing.text(
      across.name, x: Self.left + columns * Self.side / 2, y: bottom + 36, anchor: .middle)
    drawing.text(
      along.name, x: 16, y: (Self.top + bottom) / 2, anchor: .middle, turn: -90)
    return drawing
  }

  /// The same as a table.
  var rows: [[String]] {
    [[along.name, across.name, "share"]]
      + zip(along.layers, shares).flatMap { row, values in
        zip(across.layers, values).map { column, share in
          [row.label, column.label, share.map { String($0) } ?? ""]
        }
      }
  }
}
