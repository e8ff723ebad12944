internal import LatentLensFormats

/// A model's readings held against the truth of its pictures.
struct ModelScoring {
  let model: ReadModel
  /// Those with a token that is scored.
  let pictures: [ScoredPicture]
  /// How many pictures have no truth.
  let untoldCount: Int
  private let isDistinct: Bool
  private let rightLabels: [Set<Int>]
  private let others: OtherPictures
  private let bootstrap: Bootstrap

  /// How many neighbours are looked at.
  static let depth = 5

  init(_ model: ReadModel, _ files: TruthFiles, _ options: EvaluationOptions) throws {
    var labels = Labels()
    var pictures: [ScoredPicture] = []
    var untoldCount = 0
    for picture in model.pictures {
      guard let truth = try files.truth(of: picture) else {
        untoldCount += 1
        continue
      }
      let shown = Self.shown(picture, truth, options)
      guard !shown.isEmpty else { continue }
      pictures.append(
        ScoredPicture(
          read: picture, tokens: shown.map(\.token),
          labels: shown.map { labels.number(of: $0.forms) }))
    }
    self.model = model
    self.pictures = pictures
    self.untoldCount = untoldCount
    isDistinct = options.isDistinct
    rightLabels = labels.labels(of: model.entries.words)
    others = OtherPictures(pictures, labels)
    bootstrap = Bootstrap(pictureCount: pictures.count)
  }

  var tokenCount: Int { pictures.reduce(0) { $0 + $1.tokens.count } }

  /// The tokens that show something, each with the forms of its true words.
  private static func shown(
    _ picture: ReadPicture, _ truth: Truth, _ options: EvaluationOptions
  ) -> [(token: Int, forms: Set<String>)] {
    let kinds: Set<Truth.Kind> = options.countsGround ? [.thing, .ground] : [.thing]
    return picture.polygons.enumerated().compactMap { token, polygon in
      guard let polygon else { return nil }
      let things = truth.things(in: polygon, atLeast: options.threshold, of: kinds)
      guard !things.isEmpty else { return nil }
      return (token, things.reduce(into: []) { $0.formUnion(truth.things[$1].forms) })
    }
  }

  /// The score of one lens at one layer; nil where nothing was read there, or nothing is scored.
  func score(lens: String, layer: JSONValue) throws -> LensScore? {
    var right: [Tally] = []
    var elsewhere: [Tally] = []
    var sources: [Int: Int] = [:]
    var shortCount = 0
    for (number, picture) in pictures.enumerated() {
      var (own, other) = (Tally(), Tally())
      let lists = try picture.read.neighbors(
        of: picture.tokens, lens: lens, layer: layer, entryCount: model.entries.words.count)
      for (token, list) in (lists ?? []).enumerated() {
        let nearest = model.entries.nearest(list, Self.depth, isDistinct: isDistinct)
        shortCount += nearest.count < Self.depth ? 1 : 0
        let found = nearest.map { rightLabels[$0] }
        own.add(found.map { $0.contains(picture.labels[token]) })
        for (label, times) in others.labels[number][token] {
          other.add(found.map { $0.contains(label) }, times: times)
        }
        if let source = nearest.first.flatMap({ model.entries.contextualLayers[$0] }) {
          sources[source, default: 0] += 1
        }
      }
      right.append(own)
      elsewhere.append(other)
    }
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
