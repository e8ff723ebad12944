extension PatchGrid {
  /// A raster whose patches come square by square: within the squares of the first side those of the
  /// second, and so on, each level row by row. Squares are cut off at the raster's edges.
  public init(rows: Int, columns: Int, patchSize: Int, squares sides: [Int]) {
    self.init(
      rows: rows, columns: columns, patchSize: patchSize,
      order: Self.places(0..<rows, 0..<columns, sides[...], columns: columns))
  }

  private static func places(
    _ rows: Range<Int>, _ columns: Range<Int>, _ sides: ArraySlice<Int>, columns width: Int
  ) -> [Int] {
    let side = sides.first ?? 1
    return cells(rows, side).flatMap { row in
      cells(columns, side).flatMap { column in
        sides.isEmpty
          ? [row.lowerBound * width + column.lowerBound]
          : places(row, column, sides.dropFirst(), columns: width)
      }
    }
  }

  private static func cells(_ range: Range<Int>, _ side: Int) -> [Range<Int>] {
    stride(from: range.lowerBound, to: range.upperBound, by: side).map {
      $0..<min($0 + side, range.upperBound)
    }
  }

  /// How many patches each square of a side holds, in order.
  public func counts(ofSquares side: Int) -> [Int] {
    Self.cells(0..<rows, side).flatMap { row in
      Self.cells(0..<columns, side).map { row.count * $0.count }
    }
  }

  /// The place in the raster of each patch, in the order of the encoder's output.
  public var places: [Int] { order ?? Array(0..<count) }

  /// The row and the column of each patch: the coordinates of an axial rotary embedding.
  public var coordinates: [[Int]] {
    [places.map { $0 / columns }, places.map { $0 % columns }]
  }

  /// For each patch here its index in the order of another raster of the same places.
  public func indices(in other: PatchGrid) -> [Int] {
    var index = Array(repeating: 0, count: count)
    for (patch, place) in other.places.enumerated() { index[place] = patch }
    return places.map { index[$0] }
  }
}
