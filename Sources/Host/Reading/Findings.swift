internal import LatentLensComponents
internal import LatentLensIndexing
internal import LatentLensLenses
internal import LatentLensModels
internal import LatentLensSession

/// What was found in one picture, with neighbours as lenses give them: what the process that has read it tells the one
/// that writes the results.
struct ImageFindings: Codable {
  let path: String
  let name: String
  let width: Int
  let height: Int
  let digest: String
  let caption: String?
  /// How many of the tokens the model has said.
  let saidCount: Int
  let orientation: ModelManifest.ImageOrientation
  let tokens: [VisualToken]
  let readings: [FoundReading]
  /// What random vectors score in its places; nil where enough of others have been looked at.
  let noise: [FoundNoise]?
  /// What is kept of its states; nil where enough of others are.
  let sketched: SketchedPicture?
  /// The tokens that the decoder has read.
  let promptIDs: [Int]
}

/// What was found in one text.
struct TextFindings: Codable {
  /// Which one of the request's.
  let number: Int
  let readings: [FoundReading]
}

/// What one lens reads at one layer.
struct FoundReading: Codable {
  /// An index into the lenses that read.
  let lens: Int
  let layer: Stage
  let neighbors: NeighborColumns
  let elsewhere: [Float]?
  let norms: [Float]
}

/// What one lens finds of random vectors at one layer: the scores of first neighbours.
struct FoundNoise: Codable {
  /// An index into the lenses that read.
  let lens: Int
  let layer: Stage
  let scores: [Float]
}

/// All that was found with one model: results as they come, with neighbours each told once.
struct Findings {
  private let lenses: [Lens]
  private(set) var table: NeighborTable
  private(set) var noise = NoiseScores()
  private(set) var sample = SketchSample()
  /// The tokens that the decoder has read of the last picture.
  private(set) var promptIDs: [Int] = []
  private(set) var images: [ImageResults] = []
  private(set) var texts: [TextResults] = []

  init(_ table: NeighborTable, lenses: [Lens]) {
    self.table = table
    self.lenses = lenses
  }

  /// Adds what was found in the next picture.
  mutating func add(_ found: ImageFindings) {
    promptIDs = found.promptIDs
    let readings = readings(found.readings)
    if let own = found.noise {
      noise.add(
        Dictionary(
          uniqueKeysWithValues: own.map { (LensLayer(lenses[$0.lens], $0.layer), $0.scores) }))
    }
    if let sketched = found.sketched { sample.add(sketched, digest: found.digest) }
    images.append(
      ImageResults(
        path: found.path, name: found.name, width: found.width, height: found.height,
        digest: found.digest, caption: found.caption, saidCount: found.saidCount,
        orientation: found.orientation, tokens: found.tokens, readings: readings))
  }

  /// Adds what was found in the next text.
  mutating func add(_ found: TextFindings, text: String, tokens: [TextToken]) {
    texts.append(TextResults(text: text, tokens: tokens, readings: readings(found.readings)))
  }

  private mutating func readings(_ found: [FoundReading]) -> [Reading] {
    var readings: [Reading] = []
    for reading in found {
      var neighbors: [[Reading.Found]] = []
      for list in reading.neighbors.lists {
        neighbors.append(
          list.map {
            .init(entry: table.intern($0), score: $0.score, probability: $0.probability)
          })
      }
      readings.append(
        Reading(
          lens: lenses[reading.lens], layer: reading.layer, neighbors: neighbors,
          elsewhere: reading.elsewhere, norms: reading.norms))
    }
    return readings
  }
}
