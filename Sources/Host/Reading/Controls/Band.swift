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

/// The scores of a run's first neighbours, as they come in.
struct ScoreLog {
  /// Over how many pictures' worth of visual tokens noise is read: enough for a mean and a ceiling.
  static let noisePasses = 2

  var noiseCount = 0
  private var scores: [Key: Scores] = [:]
  private var order: [Key] = []

  private struct Key: Hashable {
    let lens: String
    let layer: Stage
  }

  private struct Scores {
    let lens: Lens
    var own: [Float] = []
    var elsewhere: [Float] = []
    var noise: [Float] = []
  }

  mutating func add(_ reading: Reading) {
    change(reading.lens, reading.layer) {
      $0.own += reading.neighbors.compactMap { $0.first?.score }
      $0.elsewhere += reading.elsewhere ?? []
    }
  }

  mutating func add(noise: [Float], to lens: Lens, _ layer: Stage) {
    change(lens, layer) { $0.noise += noise }
  }

  private mutating func change(_ lens: Lens, _ layer: Stage, _ body: (inout Scores) -> Void) {
    let key = Key(lens: lens.name, layer: layer)
    if scores[key] == nil { order.append(key) }
    body(&scores[key, default: Scores(lens: lens)])
  }

  /// In the order in which lenses and layers came.
  func bands() -> [LayerBands] {
    order.compactMap { key in
      guard let scores = scores[key], let own = Band(scores.own) else { return nil }
      let noise = Band(scores.noise)
      return LayerBands(
        lens: scores.lens, layer: key.layer, own: own, noise: noise,
        elsewhere: Band(scores.elsewhere),
        shareAboveNoise: noise.map { noise in
          Double(scores.own.count { Double($0) > noise.ceiling }) / Double(scores.own.count)
        })
    }
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
