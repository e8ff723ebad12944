internal import LatentLensFormats

/// A model's readings held against the truth of its pictures.
struct ModelScoring {
  let model: ReadModel
  /// Those with a token that is scored.
  let pictures: [ScoredPicture]
  /// How many pictures have no truth.
  let untoldCount: Int
  /// Lens by lens, layer by layer; none where nothing was read, or nothing is scored.
  let scores: [LensScore]

  /// How many neighbours are looked at.
  static let depth = 5

  init(_ model: ReadModel, _ files: TruthFiles, _ options: EvaluationOptions) throws {
    var labels = Labels()
    var pictures: [ScoredPicture] = []
    var untoldCount = 0
    for read in model.pictures {
      guard let truth = try files.truth(of: read) else {
        untoldCount += 1
        continue
      }
      let picture = try read.open()
      let shown = Self.shown(picture, truth, options)
      guard !shown.isEmpty else { continue }
      pictures.append(
        ScoredPicture(
          read: read, centers: picture.centers, tokens: shown.map(\.token),
          labels: shown.map { labels.number(of: $0.forms) }))
    }
    self.model = model
    self.pictures = pictures
    self.untoldCount = untoldCount
    scores = try Self.scores(of: model, pictures, labels, isDistinct: options.isDistinct)
  }

  var tokenCount: Int { pictures.reduce(0) { $0 + $1.tokens.count } }

  /// The tokens that show something, each with the forms of its true words.
  private static func shown(
    _ picture: OpenPicture, _ truth: Truth, _ options: EvaluationOptions
  ) -> [(token: Int, forms: Set<String>)] {
    let kinds: Set<Truth.Kind> = options.countsGround ? [.thing, .ground] : [.thing]
    return picture.polygons.enumerated().compactMap { token, polygon in
      guard let polygon else { return nil }
      let things = truth.things(in: polygon, atLeast: options.threshold, of: kinds)
      guard !things.isEmpty else { return nil }
      return (token, things.reduce(into: []) { $0.formUnion(truth.things[$1].forms) })
    }
  }

  /// Goes through the pictures once, one in memory at a time.
  private static func scores(
    of model: ReadModel, _ pictures: [ScoredPicture], _ labels: Labels, isDistinct: Bool
  ) throws -> [LensScore] {
    let keys = model.lenses.flatMap { lens in model.layers.map { (lens.name, $0) } }
    var tallies = keys.map { _ in LensTally() }
    var right = PerTable<[Set<Int>]>()
    let others = OtherPictures(pictures, labels)
    for (number, scored) in pictures.enumerated() {
      let picture = try scored.read.open()
      let rightLabels = right.value(of: picture) { labels.labels(of: $0.words) }
      for (place, (lens, layer)) in keys.enumerated() {
        let lists = try picture.neighbors(of: scored.tokens, lens: lens, layer: layer)
        tallies[place].begin()
        for (token, list) in (lists ?? []).enumerated() {
          let nearest = picture.entries.nearest(list, depth, isDistinct: isDistinct)
          tallies[place].add(
            nearest.map { rightLabels[$0] }, label: scored.labels[token],
            others: others.labels[number][token],
            source: nearest.first.flatMap { picture.entries.contextualLayers[$0] })
        }
      }
    }
    let bootstrap = Bootstrap(pictureCount: pictures.count)
    return zip(keys, tallies).compactMap { key, tally in
      tally.score(lens: key.0, layer: key.1, bootstrap)
    }
  }

  /// The score of one lens at one layer; nil where nothing was read there, or nothing is scored.
  func score(lens: String, layer: JSONValue) -> LensScore? {
    scores.first { $0.lens == lens && $0.layer == layer }
  }
}

extension OpenPicture {
  /// Per token the middle of its polygon, as shares of the picture's width and height.
  fileprivate var centers: [Polygon.Point?] {
    polygons.map { polygon in
      polygon.map {
        Polygon.Point(
          x: $0.center.x / Double(picture.width), y: $0.center.y / Double(picture.height))
      }
    }
  }
}

/// What one lens has right at one layer, picture by picture.
private struct LensTally {
  private var right: [Tally] = []
  private var elsewhere: [Tally] = []
  private var sources: [Int: Int] = [:]
  private var shortCount = 0

  /// Begins with the next picture.
  mutating func begin() {
    right.append(Tally())
    elsewhere.append(Tally())
  }

  /// Counts a token.
  ///
  /// - Parameters:
  ///   - found: for each of its nearest neighbours the labels that it is right for.
  ///   - label: what the token shows.
  ///   - others: what other pictures show there.
  ///   - source: the contextual layer of the nearest.
  mutating func add(
    _ found: [Set<Int>], label: Int, others: [(label: Int, times: Int)], source: Int?
  ) {
    shortCount += found.count < ModelScoring.depth ? 1 : 0
    right[right.count - 1].add(found.map { $0.contains(label) })
    for (label, times) in others {
      elsewhere[elsewhere.count - 1].add(found.map { $0.contains(label) }, times: times)
    }
    if let source { sources[source, default: 0] += 1 }
  }

  func score(lens: String, layer: JSONValue, _ bootstrap: Bootstrap) -> LensScore? {
    guard let figures = bootstrap.estimates(right) else { return nil }
    let first = Double(sources.values.reduce(0, +))
    return LensScore(
      lens: lens, layer: layer, figures: figures, others: bootstrap.estimates(elsewhere),
      sources: sources.sorted { $0.key < $1.key }.map { ($0.key, Double($0.value) / first) },
      shortCount: shortCount)
  }
}

/// How often a lens is right at a layer.
struct LensScore: Sendable {
  let lens: String
  let layer: JSONValue
  let figures: Figures<Estimate>
  /// The same readings against what other pictures show; nil where there are none to compare with.
  let others: Figures<Estimate>?
  /// The share of first neighbours from each contextual layer, ascending; none for other lenses.
  let sources: [(layer: Int, share: Double)]
  /// How many tokens have fewer neighbours than are looked at.
  let shortCount: Int
}
