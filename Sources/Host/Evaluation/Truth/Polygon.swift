internal import LatentLensFormats

/// What a visual token stands for on the original picture, in pixels; it may reach past the picture,
/// where the model saw padding.
struct Polygon: Sendable {
  struct Point: Sendable, Hashable {
    let x: Double
    let y: Double
  }

  private let corners: [Point]

  /// No picture that can be decoded is larger.
  private static let limit = Double(1 << 24)

  /// Reads x0, y0, x1, y1 and so on.
  init(_ node: JSONNode) throws(JSONError) {
    var numbers: [Double] = []
    for element in try node.elements() {
      let number = try element.number()
      guard abs(number) <= Self.limit else { throw element.error("lies on no picture") }
      numbers.append(number)
    }
    guard numbers.count >= 6, numbers.count.isMultiple(of: 2) else {
      throw node.error("is no polygon: x and y of at least three corners are needed")
    }
    corners = stride(from: 0, to: numbers.count, by: 2).map {
      Point(x: numbers[$0], y: numbers[$0 + 1])
    }
  }

  /// The smallest upright rectangle around it.
  var bounds: (x: ClosedRange<Double>, y: ClosedRange<Double>) {
    let (across, down) = (corners.map(\.x), corners.map(\.y))
    return (
      (across.min() ?? 0)...(across.max() ?? 0), (down.min() ?? 0)...(down.max() ?? 0)
    )
  }

  /// The mean of the corners.
  var center: Point {
    let count = Double(corners.count)
    return Point(
      x: corners.reduce(0) { $0 + $1.x } / count, y: corners.reduce(0) { $0 + $1.y } / count)
  }

  /// The pixels whose centres lie inside, row by row.
  var rows: [(row: Int, columns: Range<Int>)] {
    let heights = corners.map(\.y)
    guard let top = heights.min(), let bottom = heights.max() else { return [] }
    return (Int(top.rounded(.down))..<Int(bottom.rounded(.up))).flatMap { row in
      let crossings = crossings(atHeight: Double(row) + 0.5)
      return stride(from: 1, to: crossings.count, by: 2).map { i in
        (row, Self.firstPixel(from: crossings[i - 1])..<Self.firstPixel(from: crossings[i]))
      }
    }
  }

  /// Where a horizontal line enters and leaves, ascending; an even number of places.
  private func crossings(atHeight y: Double) -> [Double] {
    zip(corners, corners.dropFirst() + corners.prefix(1)).compactMap { from, to in
      guard (from.y <= y) != (to.y <= y) else { return nil }
      return from.x + (y - from.y) / (to.y - from.y) * (to.x - from.x)
    }.sorted()
  }

  /// The first pixel whose centre does not lie left of a place.
  private static func firstPixel(from x: Double) -> Int { Int((x - 0.5).rounded(.up)) }
}
