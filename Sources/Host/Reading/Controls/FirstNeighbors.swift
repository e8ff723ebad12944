internal import LatentLensComponents
internal import LatentLensIndexing
internal import LatentLensLenses

/// The first neighbours of all tokens that were read, by lens and layer: what is kept of readings for summaries and
/// bands, whether the readings themselves are kept or not.
struct FirstNeighbors {
  private var columns: [LensLayer: Columns] = [:]

  private struct Columns {
    var scores: [Float] = []
    var elsewhere: [Float] = []
    /// How often each entry is the first.
    var counts: [Int32: Int] = [:]
  }

  mutating func add(_ readings: [Reading]) {
    for reading in readings {
      for token in 0..<reading.tokenCount {
        guard let first = reading.neighbors(of: token).first else { continue }
        columns[reading.key, default: Columns()].scores.append(
          reading.scores[token * reading.width])
        columns[reading.key, default: Columns()].counts[first, default: 0] += 1
      }
      columns[reading.key, default: Columns()].elsewhere += reading.elsewhere ?? []
    }
  }

  func scores(_ key: LensLayer) -> [Float] { columns[key]?.scores ?? [] }

  /// What they have with what another picture has at the same place.
  func elsewhere(_ key: LensLayer) -> [Float] { columns[key]?.elsewhere ?? [] }

  /// What there is to say of each lens at each layer where anything was read.
  func summaries(
    of lenses: [Lens], at layers: [Stage], _ table: NeighborTable
  ) -> [LayerSummary] {
    lenses.flatMap { lens in
      layers.compactMap { layer in
        guard let own = columns[LensLayer(lens, layer)], !own.scores.isEmpty else { return nil }
        var words: [String: Int] = [:]
        for (entry, count) in own.counts {
          words[table.entries[Int(entry)].word, default: 0] += count
        }
        let commonest = words.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(5)
        return LayerSummary(
          lens: lens, layer: layer, count: own.scores.count,
          median: Double(own.scores.sorted()[own.scores.count / 2]),
          commonest: commonest.map { (word: $0.key, count: $0.value) })
      }
    }
  }
}

/// What was found through one lens at one layer, in all pictures or all texts.
struct LayerSummary: Sendable {
  let lens: Lens
  let layer: Stage
  /// How many tokens have a neighbour.
  let count: Int
  /// Of the first neighbours' scores.
  let median: Double
  /// The words that are the first of most tokens.
  let commonest: [(word: String, count: Int)]
}
