/// The raster in which an encoder cuts each crop, in the encoder's pixel frame.
public struct PatchGrid: Sendable, Equatable {
  public let rows: Int
  public let columns: Int
  /// The side of a patch in pixels of the encoder's frame.
  public let patchSize: Int
  /// For each patch in the order of the encoder's output its place in the raster, counted row by row.
  public let places: [Int]

  /// A raster whose patches come row by row.
  public init(rows: Int, columns: Int, patchSize: Int) {
    self.init(
      rows: rows, columns: columns, patchSize: patchSize, places: Array(0..<rows * columns))
  }

  private init(rows: Int, columns: Int, patchSize: Int, places: [Int]) {
    self.rows = rows
    self.columns = columns
    self.patchSize = patchSize
    self.places = places
  }

  /// A raster whose patches come square by square: within the squares of the first side those of the
  /// second, and so on, each level row by row. Squares are cut off at the raster's edges.
  public init(rows: Int, columns: Int, patchSize: Int, squares sides: [Int]) {
    self.init(
      rows: rows, columns: columns, patchSize: patchSize,
      places: Self.places(0..<rows, 0..<columns, sides[...], columns: columns))
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

  public var count: Int { rows * columns }

  /// How many patches each square of a side holds, in order.
  public func counts(ofSquares side: Int) -> [Int] {
    Self.cells(0..<rows, side).flatMap { row in
      Self.cells(0..<columns, side).map { row.count * $0.count }
    }
  }

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
