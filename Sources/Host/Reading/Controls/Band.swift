package import LatentLensComponents
package import LatentLensLenses

/// Where the scores of some readings lie.
package struct Band: Sendable, Equatable {
  package let count: Int
  package let mean: Double
  /// The standard deviation.
  package let deviation: Double
  /// What 19 of 20 scores stay below.
  package let ceiling: Double

  /// Nil for no scores.
  init?(_ scores: [Float]) {
    guard !scores.isEmpty else { return nil }
    let values = scores.map(Double.init)
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    count = values.count
    self.mean = mean
    deviation = (squares / Double(values.count)).squareRoot()
    ceiling = values.sorted()[min(values.count - 1, values.count * 19 / 20)]
  }
}

/// The scores that first neighbours have at one layer, and what stands against them.
package struct LayerBands: Sendable {
  package let lens: Lens
  package let layer: Stage
  /// First neighbours of the visual tokens that were read.
  package let own: Band
  /// First neighbours of random vectors as long as the visual tokens, in their places: what the decoder makes
  /// of nothing.
  package let noise: Band?
  /// The same neighbours as `own`, held against what another picture has at the same place; nil for a run of
  /// one picture.
  package let elsewhere: Band?
  /// The share of visual tokens whose first neighbour is nearer than those of 19 in 20 random vectors.
  package let shareAboveNoise: Double?

  /// Whether readings are no nearer to text than those of random vectors: no more than twice as many rise above
  /// 19 in 20 of them as of themselves.
  package var isNoise: Bool { shareAboveNoise.map { $0 <= 0.1 } ?? false }
}

/// What random vectors score in the places of visual tokens, by lens and layer.
struct NoiseScores {
  /// Over how many pictures' worth of visual tokens noise is read: enough for a mean and a ceiling.
  static let enough = 2

  private(set) var pictureCount = 0
  private var scores: [LensLayer: [Float]] = [:]

  /// Adds one picture's worth: for each lens and layer the scores of first neighbours.
  mutating func add(_ picture: [LensLayer: [Float]]) {
    scores.merge(picture, uniquingKeysWith: +)
    pictureCount += 1
  }

  subscript(key: LensLayer) -> [Float] { scores[key] ?? [] }
}

/// A lens at a layer.
struct LensLayer: Hashable {
  let lens: String
  let layer: Stage

  init(named lens: String, _ layer: Stage) {
    self.lens = lens
    self.layer = layer
  }

  init(_ lens: Lens, _ layer: Stage) { self.init(named: lens.name, layer) }
}

extension LayerBands {
  /// Where the scores of some pictures' readings lie, lens by lens and layer by layer.
  static func measured(
    _ firsts: FirstNeighbors, of lenses: [Lens], at layers: [Stage], noise: NoiseScores
  ) -> [LayerBands] {
    lenses.flatMap { lens in
      layers.compactMap { layer in
        let key = LensLayer(lens, layer)
        let own = firsts.scores(key)
        guard let band = Band(own) else { return nil }
        let noise = Band(noise[key])
        return LayerBands(
          lens: lens, layer: layer, own: band, noise: noise,
          elsewhere: Band(firsts.elsewhere(key)),
          shareAboveNoise: noise.map { noise in
            Double(own.count { Double($0) > noise.ceiling }) / Double(own.count)
          })
      }
    }
  }
}
