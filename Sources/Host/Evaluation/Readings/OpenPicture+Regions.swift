internal import LatentLensFormats

extension OpenPicture {
  /// A visual token with the eight around it.
  struct Region: Sendable, Hashable {
    /// The token in the middle.
    let center: Int
    /// All nine, row by row.
    let tokens: [Int]
    /// Of the middle one, in the raster of its view.
    let row: Int
    let column: Int
  }

  /// How many tokens a region is wide and high.
  static let regionSide = 3

  /// All regions whose tokens lie within the picture: view by view, row by row.
  ///
  /// - Throws: `JSONError` where the results do not say where tokens are in their raster.
  func regions() throws(JSONError) -> [Region] {
    var tokenAt: [Place: Int] = [:]
    for (token, place) in try places().enumerated() {
      guard let place, let polygon = polygons[token], isInside(polygon) else { continue }
      tokenAt[place] = token
    }
    return tokenAt.keys.sorted().compactMap { first in
      let side = 0..<Self.regionSide
      let all = side.flatMap { down in side.compactMap { tokenAt[first.moved(down, $0)] } }
      guard all.count == side.count * side.count else { return nil }
      let middle = first.moved(1, 1)
      return Region(
        center: all[all.count / 2], tokens: all, row: middle.row, column: middle.column)
    }
  }

  /// A place in the raster of a view.
  struct Place: Hashable, Comparable {
    let view: Int
    let row: Int
    let column: Int

    fileprivate func moved(_ down: Int, _ right: Int) -> Place {
      Place(view: view, row: row + down, column: column + right)
    }

    static func < (left: Place, right: Place) -> Bool {
      (left.view, left.row, left.column) < (right.view, right.row, right.column)
    }
  }

  /// The place of each token; nil for one that has none.
  ///
  /// - Throws: `JSONError` where the results do not say it.
  func places() throws(JSONError) -> [Place?] {
    let (views, rows, columns) = (
      try numbers("view", of: tokens), try numbers("row", of: tokens),
      try numbers("column", of: tokens)
    )
    return polygons.indices.map { token in
      guard let view = views[token], let row = rows[token], let column = columns[token] else {
        return nil
      }
      return Place(view: view, row: row, column: column)
    }
  }

  private func numbers(_ name: String, of tokens: JSONNode) throws(JSONError) -> [Int?] {
    let column = try tokens.required(name)
    var numbers: [Int?] = []
    for element in try column.elements() {
      numbers.append(element.value == .null ? nil : try element.integer())
    }
    guard numbers.count == polygons.count else {
      throw column.error("has \(numbers.count) elements for \(polygons.count) tokens")
    }
    return numbers
  }

  /// Whether no part of a token is padding; corners are stored to a thousandth of a pixel.
  private func isInside(_ polygon: Polygon) -> Bool {
    let (x, y) = polygon.bounds
    return x.lowerBound >= -0.01 && x.upperBound <= Double(picture.width) + 0.01
      && y.lowerBound >= -0.01 && y.upperBound <= Double(picture.height) + 0.01
  }
}
