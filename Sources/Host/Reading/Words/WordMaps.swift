internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensIndexing
internal import LatentLensKernels
internal import LatentLensLenses
package import LatentLensModels
internal import LatentLensSession
internal import LatentLensTensors

/// How near a model's visual tokens are to some words, picture by picture and layer by layer.
///
/// A run keeps neighbours and no states: its pictures are sent through its models again.
package struct WordMaps: Sendable {
  /// The model's.
  package let name: String
  let sources: [WordProbes.Source]
  let panes: [Pane]

  /// What a word is compared by.
  struct Way: Sendable {
    /// `index` or `embedding`; or that of the run's lens which takes something away.
    let name: String
    /// Whether a word is the mean of its rows in the index, of several contextual layers the one that is nearest to
    /// a token; else the mean of its input embeddings.
    let usesIndex: Bool
    /// How many directions of what both sides have in common are taken away beside its mean; nil takes nothing.
    let removed: Int?

    /// Those of a run through some lenses.
    static func all(_ lenses: [Lens]) -> [Way] {
      [
        Way(name: "index", usesIndex: true, removed: nil),
        Way(name: "embedding", usesIndex: false, removed: nil),
      ]
        + lenses.compactMap { lens in
          lens.removedDirections.map {
            Way(name: lens.name, usesIndex: lens.needs == .index, removed: $0)
          }
        }
    }
  }

  /// One word over one picture at one layer.
  struct Pane: Sendable {
    /// Of the words.
    let word: Int
    let way: Way
    let picture: Int
    let pictureName: String
    let layer: Stage
    let tokens: [VisualToken]
    /// Per token.
    let similarities: [Float]
    /// The contextual layer that was nearest to each; nil for input embeddings.
    let contextualLayers: [Int]?
    /// The same for what another picture has at the same place; nil for a run of one picture.
    let elsewhere: [Float]?
    /// The same for random vectors in the places of visual tokens.
    let noise: Band?
  }

  /// Reads a run's pictures again.
  ///
  /// - Parameters:
  ///   - layers: the names of the layers to look at, which the run has read; none for all.
  ///   - check: is called before each picture; what it throws ends the reading.
  /// - Returns: one for each model that was asked for.
  /// - Throws: `HostError` where the run cannot be done again: for what compares runs, for other weights, another
  ///   index or another picture than it had; and what is wrong with any of them.
  package static func all(
    of words: [SoughtWord], in run: FinishedRun, layers: [String] = [], loader: ModelLoader,
    check: () throws -> Void = {}
  ) throws -> [WordMaps] {
    let asked = try run.results.required("run")
    guard let sources = asked["models"] else {
      throw HostError(
        "\(run.path): lays runs side by side and cannot be read again; look in one of the runs")
    }
    let models = run.models.map(\.node).filter { $0["control"] == nil }
    return try zip(sources.elements(), models).map { source, node in
      try WordMaps(
        words, RecordedModel(node, asked: asked, layers: layers, in: run),
        loader.load(source.string()),
        Compute(threads: loader.threads), check)
    }
  }

  private init(
    _ words: [SoughtWord], _ recorded: RecordedModel, _ model: Model, _ compute: Compute,
    _ check: () throws -> Void
  ) throws {
    name = recorded.name
    try recorded.requireSame(model)
    let seer = try model.whole()
    let index = try recorded.indexPath.map { try model.openIndex($0) }
    let ways = Way.all(recorded.lenses)
    let common = try Self.common(recorded, seer, model, check)
    let rows = try WordRows(of: words, seer.text, index: index)
    let forms = Set(ways.map(\.removed)).map { removed in
      Form(
        removed: removed, common: removed.flatMap { common?.keeping($0) },
        probes: WordProbes(
          rows, seer.text, index: index, removing: removed, compute: compute))
    }
    sources = forms.first { $0.removed == nil }?.probes.sources ?? []
    func see(_ number: Int, isNoise: Bool = false) throws -> (tokens: [VisualToken], Recorded) {
      try check()
      let image = try seer.see(recorded.picture(number))
      let pass = try ForwardPass(
        model: seer, images: [image], prompt: recorded.prompt, isNoise: isNoise)
      let rows = recorded.readsText ? Array(pass.layout.ids.indices) : pass.layout.visualPositions
      let visual = Dictionary(uniqueKeysWithValues: zip(pass.layout.visualPositions, image.tokens))
      let tokens = rows.map { visual[$0] ?? VisualToken(text: "") }
      let batch = pass.record(recorded.stages, rows: rows)
      try batch.requireFinite(rows: rows, in: model.identity.source)
      return (tokens, Recorded(batch, of: tokens, width: image.width, height: image.height))
    }
    guard recorded.pictureCount > 0 else {
      panes = []
      return
    }
    let noise = try Near(forms, see(0, isNoise: true).1)
    var panes: [Pane] = []
    var coming = try Optional(see(0))
    var before: Recorded?
    for number in 0..<recorded.pictureCount {
      guard let (tokens, states) = coming else { break }
      coming = number + 1 < recorded.pictureCount ? try see(number + 1) : nil
      let own = Near(forms, states)
      let other = (before ?? coming?.1).map { Near(forms, states.elsewhere(in: $0)) }
      before = states
      let pictureName = try recorded.pictureName(number)
      for word in words.indices {
        for way in ways {
          for (place, stage) in recorded.stages.enumerated() {
            guard let near = own.values(word, way, place) else { continue }
            panes.append(
              Pane(
                word: word, way: way, picture: number, pictureName: pictureName,
                layer: stage, tokens: tokens, similarities: near.similarities,
                contextualLayers: way.usesIndex ? near.layers : nil,
                elsewhere: other?.values(word, way, place)?.similarities,
                noise: (noise.values(word, way, place)?.similarities).flatMap(Band.init)))
          }
        }
      }
    }
    self.panes = panes
  }

  /// What visual tokens have in common over the pictures that the run has calibrated its lenses on; nil where it has
  /// none.
  private static func common(
    _ recorded: RecordedModel, _ seer: VisionLanguage, _ model: Model, _ check: () throws -> Void
  ) throws -> CommonStates? {
    guard let directions = recorded.lenses.compactMap(\.removedDirections).max() else { return nil }
    var sample = StateSample(directions: directions)
    for path in recorded.calibration {
      try check()
      let pass = try ForwardPass(
        model: seer, images: [seer.see(path)], prompt: recorded.prompt, isNoise: false)
      let batch = pass.record(recorded.stages, rows: pass.layout.visualPositions)
      try batch.requireFinite(rows: pass.layout.visualPositions, in: model.identity.source)
      sample.add(batch)
    }
    return sample.common
  }
}

/// Words and states without something that they have in common; or as they are.
private struct Form {
  let removed: Int?
  let common: CommonStates?
  let probes: WordProbes
}

/// How near the states of a picture are to each word: the nearest of its vectors of one kind.
private struct Near {
  private let forms: [Form]
  /// Of each form.
  private let cosines: [[[Float]]]
  private let tokenCount: Int

  init(_ forms: [Form], _ states: Recorded) {
    self.forms = forms
    cosines = forms.map { form in
      guard let common = form.common else {
        return form.probes.cosines(with: states.batch.states)
      }
      return form.probes.cosines(with: common.removed(from: states.batch))
    }
    tokenCount = states.batch.tokenCount
  }

  /// For each token at a stage; nil where the word has no vector of the kind.
  func values(
    _ word: Int, _ way: WordMaps.Way, _ stage: Int
  ) -> (similarities: [Float], layers: [Int])? {
    guard let form = forms.firstIndex(where: { $0.removed == way.removed }) else { return nil }
    let sources = forms[form].probes.sources
    let columns = sources.indices.filter {
      sources[$0].word == word && (sources[$0].contextualLayer != nil) == way.usesIndex
    }
    guard let first = columns.first else { return nil }
    var (similarities, layers) = ([Float](), [Int]())
    for row in cosines[form][stage * tokenCount..<(stage + 1) * tokenCount] {
      let best = columns.reduce(first) { row[$1] > row[$0] ? $1 : $0 }
      similarities.append(row[best])
      layers.append(sources[best].contextualLayer ?? 0)
    }
    return (similarities, layers)
  }
}
