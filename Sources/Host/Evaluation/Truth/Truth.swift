/// What a picture shows, pixel by pixel.
struct Truth: Sendable {
  /// In pixels.
  let width: Int
  let height: Int
  let things: [Thing]

  /// Something that can be named, and the pixels that show it.
  struct Thing: Sendable {
    /// All that may be said of it, the usual noun first.
    let words: [String]
    let kind: Kind
    let pixels: PixelRuns
    /// The forms of all its words.
    let forms: Set<String>
  }

  enum Kind: String, Sendable, CaseIterable {
    case thing
    case ground
  }

  /// Which things a patch shows: those of some kinds that each cover a share of it.
  ///
  /// - Parameters:
  ///   - polygon: the patch; what of it lies past the picture shows nothing.
  ///   - threshold: the share of the patch's pixels, in (0, 1].
  /// - Returns: indices into `things`, ascending.
  func things(in polygon: Polygon, atLeast threshold: Double, of kinds: Set<Kind>) -> [Int] {
    let rows = polygon.rows
    let area = rows.reduce(0) { $0 + $1.columns.count }
    guard area > 0 else { return [] }
    let stretches = rows.compactMap { row, columns -> Range<Int>? in
      let inside = columns.clamped(to: 0..<width)
      guard (0..<height).contains(row), !inside.isEmpty else { return nil }
      return row * width + inside.lowerBound..<row * width + inside.upperBound
    }
    return things.indices.filter { index in
      guard kinds.contains(things[index].kind) else { return false }
      let covered = stretches.reduce(0) { $0 + things[index].pixels.count(in: $1) }
      return Double(covered) / Double(area) >= threshold
    }
  }
}
