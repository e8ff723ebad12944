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
  /// How its tokens attend; nil where nobody asks.
  let attention: AttentionMaps?
  /// The tokens that the decoder has read.
  let promptIDs: [Int]
}

/// What was found in one text.
struct TextFindings: Codable {
  /// Which one of the request's.
  let number: Int
  let readings: [FoundReading]
  /// How its tokens attend; nil where nobody asks.
  let attention: AttentionMaps?
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
  private let parts: PartFolder
  private(set) var table: NeighborTable
  private(set) var noise = NoiseScores()
  private(set) var sample = SketchSample()
  /// The first neighbours in pictures, and in texts.
  private(set) var pictured = FirstNeighbors()
  private(set) var written = FirstNeighbors()
  /// The tokens that the decoder has read of the last picture.
  private(set) var promptIDs: [Int] = []
  private(set) var images: [ImageResults] = []
  private(set) var texts: [TextResults] = []
  /// The layers at which it was kept how tokens attend; nil where nobody asks.
  private(set) var attentionLayers: [Stage]?

  /// - Parameter parts: where readings go once they are too many to be kept.
  init(_ table: NeighborTable, lenses: [Lens], parts: PartFolder) {
    self.table = table
    self.lenses = lenses
    self.parts = parts
  }

  /// Adds what was found in the next picture.
  mutating func add(_ found: ImageFindings) throws {
    promptIDs = found.promptIDs
    let readings = readings(found.readings)
    pictured.add(readings)
    if let own = found.noise {
      noise.add(
        Dictionary(
          uniqueKeysWithValues: own.map { (LensLayer(lenses[$0.lens], $0.layer), $0.scores) }))
    }
    if let sketched = found.sketched { sample.add(sketched, digest: found.digest) }
    parts.count(readings)
    if let attention = found.attention { parts.count(attentionBytes: attention.storedByteCount) }
    take(found.attention)
    let image = ImageResults(
      path: found.path, name: found.name, width: found.width, height: found.height,
      digest: found.digest, caption: found.caption, saidCount: found.saidCount,
      orientation: found.orientation, tokens: found.tokens, stored: .held(readings),
      attention: found.attention)
    images.append(parts.isNeeded ? try image.written(to: parts, EntryTable(table)) : image)
  }

  /// Adds what was found in the next text.
  mutating func add(_ found: TextFindings, text: String, tokens: [TextToken]) {
    let readings = readings(found.readings)
    written.add(readings)
    take(found.attention)
    texts.append(
      TextResults(text: text, tokens: tokens, readings: readings, attention: found.attention))
  }

  private mutating func take(_ attention: AttentionMaps?) {
    if let attention { attentionLayers = attention.layers.map(\.layer) }
  }

  private mutating func readings(_ found: [FoundReading]) -> [Reading] {
    var readings: [Reading] = []
    for reading in found {
      let lists = reading.neighbors.lists
      let (lens, width) = (lenses[reading.lens], lists.map(\.count).max() ?? 0)
      var (entries, scores, probabilities) = ([Int32](), [Float](), [Float]())
      for list in lists {
        for neighbor in list {
          entries.append(Int32(table.intern(neighbor)))
          scores.append(neighbor.score)
          // Rounded before it loses digits, so that it is told as it is.
          probabilities.append(Float(rounded(neighbor.probability ?? 0, Reading.scoreScale)))
        }
        let lacking = width - list.count
        entries += Array(repeating: -1, count: lacking)
        scores += Array(repeating: 0, count: lacking)
        probabilities += Array(repeating: 0, count: lacking)
      }
      readings.append(
        Reading(
          lens: lens.name, score: lens.score, layer: reading.layer, width: width,
          entries: entries, scores: scores,
          probabilities: lens.score == .logit ? probabilities : nil,
          elsewhere: reading.elsewhere, norms: reading.norms))
    }
    return readings
  }
}

extension ImageResults {
  /// The same with its readings in a part.
  ///
  /// - Parameter table: the entries that they name.
  func written(to parts: PartFolder, _ table: EntryTable) throws -> ImageResults {
    guard case .held(let own) = stored else { return self }
    return ImageResults(
      path: path, name: name, width: width, height: height, digest: digest, caption: caption,
      saidCount: saidCount, orientation: orientation, tokens: tokens,
      stored: .part(
        try parts.write(own, of: table, tokens: tokensJSON, attention: attention)),
      attention: nil)
  }
}

extension ModelResults {
  /// The same with all pictures' readings in parts.
  func written(to parts: PartFolder) throws -> ModelResults {
    let table = EntryTable(vocabulary)
    return ModelResults(
      name: name, control: control, provenance: provenance, blockCount: blockCount,
      hiddenSize: hiddenSize, layers: layers, lenses: lenses,
      contextualLayers: contextualLayers, checks: checks, bands: bands, vocabulary: vocabulary,
      images: try images.map { try $0.written(to: parts, table) }, texts: texts,
      imageSummaries: imageSummaries, textSummaries: textSummaries, sketch: sketch,
      attentionLayers: attentionLayers)
  }
}
