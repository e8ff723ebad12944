/// What a token stands for on a picture: a convex polygon in pixels of the original.
package struct Patch: Sendable, Hashable {
  struct Point: Sendable, Hashable {
    let x: Double
    let y: Double
  }

  let points: [Point]
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double

  /// - Parameter corners: x0, y0, x1, y1 and so on.
  package init(corners: [Double]) {
    points = stride(from: 1, to: corners.count, by: 2).map {
      Point(x: corners[$0 - 1], y: corners[$0])
    }
    left = points.map(\.x).min() ?? 0
    right = points.map(\.x).max() ?? 0
    top = points.map(\.y).min() ?? 0
    bottom = points.map(\.y).max() ?? 0
  }

  var center: Point { Point(x: (left + right) / 2, y: (top + bottom) / 2) }

  var area: Double { abs(Self.signedArea(points)) }

  /// The area of what two patches have in common over that of both together; 0 where they are apart.
  package func overlap(with other: Patch) -> Double {
    guard left < other.right, other.left < right, top < other.bottom, other.top < bottom else {
      return 0
    }
    let shared = abs(Self.signedArea(clipped(by: other)))
    let all = area + other.area - shared
    return all > 0 ? shared / all : 0
  }

  /// This polygon, cut along each side of another one (Sutherland and Hodgman, 1974).
  private func clipped(by other: Patch) -> [Point] {
    let turn = Self.signedArea(other.points) < 0 ? -1.0 : 1.0
    var rest = points
    for (from, to) in zip(other.points, other.points.dropFirst() + other.points.prefix(1)) {
      func side(_ point: Point) -> Double {
        turn * ((to.x - from.x) * (point.y - from.y) - (to.y - from.y) * (point.x - from.x))
      }
      var kept: [Point] = []
      for (start, end) in zip(rest, rest.dropFirst() + rest.prefix(1)) {
        let (before, behind) = (side(start), side(end))
        if before >= 0 { kept.append(start) }
        if before * behind < 0 {
          let share = before / (before - behind)
          kept.append(
            Point(
              x: start.x + share * (end.x - start.x), y: start.y + share * (end.y - start.y)))
        }
      }
      rest = kept
    }
    return rest
  }

  private static func signedArea(_ points: [Point]) -> Double {
    zip(points, points.dropFirst() + points.prefix(1)).reduce(0) { sum, side in
      sum + side.0.x * side.1.y - side.1.x * side.0.y
    } / 2
  }
}

extension Sheet.Layout {
  /// For each token of this picture that of another model's which overlaps it most, ties going to the nearer;
  /// nil where none does.
  func matches(in other: Sheet.Layout) -> [Int?] {
    let candidates = other.placed
    return patches.map { patch in
      guard let patch else { return nil }
      var best: (token: Int, overlap: Double, distance: Double)?
      for (token, candidate) in candidates {
        let overlap = patch.overlap(with: candidate)
        guard overlap > 0 else { continue }
        let (dx, dy) = (
          candidate.center.x - patch.center.x, candidate.center.y - patch.center.y
        )
        let distance = dx * dx + dy * dy
        if let best, overlap < best.overlap + 1e-9,
          overlap < best.overlap - 1e-9 || distance >= best.distance - 1e-9
        {
          continue
        }
        best = (token, overlap, distance)
      }
      return best?.token
    }
  }

  /// For each token the one that lies at the same place of another picture of the same model: its centre is
  /// nearest, measured in each picture's own width and height.
  func places(on other: Sheet.Layout) -> [Int?] {
    guard let size, let otherSize = other.size else { return patches.map { _ in nil } }
    let candidates = other.placed.map { token, patch in
      (token, patch.center.x / otherSize.x, patch.center.y / otherSize.y)
    }
    return patches.map { patch in
      guard let center = patch?.center else { return nil }
      let (x, y) = (center.x / size.x, center.y / size.y)
      return candidates.min {
        ($0.1 - x) * ($0.1 - x) + ($0.2 - y) * ($0.2 - y)
          < ($1.1 - x) * ($1.1 - x) + ($1.2 - y) * ($1.2 - y)
      }?.0
    }
  }
  /// The tokens that have a place.
  private var placed: [(Int, Patch)] {
    patches.enumerated().compactMap { token, patch in patch.map { (token, $0) } }
  }
}
