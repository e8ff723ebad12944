/// The visual tokens of a picture that are scored, and what they show.
struct ScoredPicture: Sendable {
  let read: ReadPicture
  /// Per token the middle of its polygon, as shares of the picture's width and height; nil for one that stands
  /// for no place.
  let centers: [Polygon.Point?]
  /// Indices into the tokens of the picture, ascending.
  let tokens: [Int]
  /// Per scored token, the number of its true words.
  let labels: [Int]
}

/// What other pictures show at the same places.
///
/// The same place is the token of the other picture whose centre is nearest, both measured in the
/// pictures' own widths and heights.
struct OtherPictures: Sendable {
  /// Per picture and scored token: the labels that share no word with its own, and how many pictures
  /// have each there.
  let labels: [[[(label: Int, times: Int)]]]

  init(_ pictures: [ScoredPicture], _ labels: Labels) {
    let apart = labels.apart
    let layouts = Layouts(pictures.map(\.centers))
    let labelOfToken = pictures.map {
      Dictionary(uniqueKeysWithValues: zip($0.tokens, $0.labels))
    }
    self.labels = pictures.indices.map { here in
      var times = pictures[here].tokens.map { _ in [Int: Int]() }
      for there in pictures.indices where there != here {
        let nearest = layouts.nearest(from: here, to: there)
        for (number, token) in pictures[here].tokens.enumerated() {
          guard let label = nearest[token].flatMap({ labelOfToken[there][$0] }),
            apart[pictures[here].labels[number]][label]
          else { continue }
          times[number][label, default: 0] += 1
        }
      }
      return times.map { $0.sorted { $0.key < $1.key }.map { (label: $0.key, times: $0.value) } }
    }
  }
}

/// Where tokens lie in their pictures; pictures of one size mostly have them in the same places, so that
/// what is nearest is looked for once for each pair of layouts.
private struct Layouts {
  /// Per picture.
  private var layouts: [Int] = []
  /// Per pair of layouts and token of the first: the token of the second.
  private var nearest: [[[Int?]]] = []

  /// - Parameter pictures: where the tokens of each lie.
  init(_ pictures: [[Polygon.Point?]]) {
    var numbers: [[Polygon.Point?]: Int] = [:]
    var centers: [[Polygon.Point?]] = []
    for own in pictures {
      if numbers[own] == nil {
        numbers[own] = centers.count
        centers.append(own)
      }
      layouts.append(numbers[own] ?? 0)
    }
    nearest = centers.map { from in
      centers.map { to in from.map { $0.flatMap { Self.nearest(to: $0, in: to) } } }
    }
  }

  func nearest(from: Int, to: Int) -> [Int?] { nearest[layouts[from]][layouts[to]] }

  /// The first of those that are nearest.
  private static func nearest(to point: Polygon.Point, in centers: [Polygon.Point?]) -> Int? {
    var best: (token: Int, distance: Double)?
    for (token, center) in centers.enumerated() {
      guard let center else { continue }
      let (across, down) = (center.x - point.x, center.y - point.y)
      let distance = across * across + down * down
      if distance < best?.distance ?? .infinity { best = (token, distance) }
    }
    return best?.token
  }
}
