internal import Foundation
internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensIndexing
internal import LatentLensLenses
package import LatentLensModels
internal import LatentLensRanks
internal import LatentLensSession
internal import LatentLensTensors
internal import LatentLensTokenization

/// The main job for one model: images and texts go in, and every visual token and every token of the texts
/// comes out in words.
package struct Interpreter: Sendable {
  private let model: Model
  private let control: Control?
  private let text: TextHalf
  /// What sees the images; nil where there are none.
  private let seer: VisionLanguage?
  private var request: Request
  private let tokenizer: Tokenizer
  private let layers: [Stage]
  /// The lenses that need neither an index nor other pictures, made; nil in the places of others.
  private let ready: [(any LensReader)?]
  /// The texts, each with the pass that reads it.
  private let texts: [(text: TokenizedText, pass: ForwardPass)]

  /// Looks whether a model can do what is asked for; nothing is run yet.
  ///
  /// - Throws: `HostError` for a model without a tokenizer, for images and a model that does not see or has
  ///   no image processor, for a layer that is not there, for a prompt that the model has not, and for a
  ///   text that it cannot read; what a lens throws that cannot be made.
  /// - Parameter control: what the model stands against, if it is no model that was asked for.
  package init(_ model: Model, control: Control? = nil, request: Request) throws {
    self.model = model
    self.control = control
    seer = request.images.isEmpty ? nil : try model.whole()
    let text = try model.text()
    self.text = text
    self.request = request
    let tokenizer = try text.tokenizer.get()
    self.tokenizer = tokenizer
    _ = try seer?.sight.processor.get()
    _ = try seer?.prompt(for: request.prompt, images: 1)
    layers = try HostError.naming(model.identity.source) { () throws(HostError) in
      try request.stages(blockCount: text.decoder.blockCount)
    }
    texts = try request.texts.map {
      let text = TokenizedText($0, tokenizer: tokenizer)
      return (text, try ForwardPass(model, text: text))
    }
    guard texts.isEmpty || layers != [.connector] else {
      throw HostError(
        "\(model.identity.source): a text has no layer `connector`; choose another layer beside it")
    }
    guard !request.attention || layers.contains(where: \.leavesBlock) else {
      throw HostError(
        "\(model.identity.source): attention is of blocks, and none of the layers that are read leaves one; "
          + "choose a layer from 1 on")
    }
    ready = try request.lenses.map { chosen in
      guard chosen.lens.needs != .index, !chosen.lens.isCalibrated else { return nil }
      return try Self.reader(of: chosen, text, model.identity, nil, nil)
    }
  }

  private var identity: ModelIdentity { model.identity }

  private var name: String { control?.name(of: identity.name) ?? identity.name }

  /// Interprets the images and the texts, one after the other; several processes share them.
  ///
  /// - Parameters:
  ///   - index: the contextual index, where a lens needs one.
  ///   - ranks: the processes that read together.
  ///   - parts: where readings go once they are too many to be kept.
  ///   - progress: is told how many images and texts of this process are done; what it throws ends the reading.
  /// - Returns: what all have found, on the first process; nil on others.
  /// - Throws: `RankFailure` where another process has failed.
  func run(
    index: ContextualIndex?, ranks: Ranks = .alone, parts: PartFolder,
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> ModelResults? {
    let lenses = request.lenses.map(\.lens)
    var found = Findings(
      NeighborTable(tokenizer: tokenizer, index: index?.entries), lenses: lenses, parts: parts)
    let (pictures, texts) = (
      ranks.share(of: request.images.count), ranks.share(of: self.texts.count)
    )
    var done = 0
    func tick() throws {
      done += 1
      try ranks.check()
      try progress(done, pictures.count + texts.count)
    }
    var readers: [any LensReader] = []
    if let seer {
      readers = try self.readers(index, commonStates(seer))
      // The first has the first pictures, so that it can keep what it finds as it comes.
      var told: [ImageFindings] = []
      try forEachImage(seer, in: pictures) { number, seen, other in
        let own = try findings(in: seen, number, against: other, seer, readers)
        if ranks.isFirst { try found.add(own) } else { told.append(own) }
        try tick()
      }
      try ranks.hand(told, of: request.images.count) { try found.add($0) }
    }
    if !self.texts.isEmpty {
      readers = try self.readers(index, commonTextStates(index))
      func keep(_ findings: TextFindings) {
        let text = self.texts[findings.number].text
        found.add(
          findings, text: text.text,
          tokens: text.ids.indices.map { TextToken($0, of: text, tokenizer: tokenizer) })
      }
      var told: [TextFindings] = []
      for number in texts {
        let own = try findings(inText: number, readers)
        if ranks.isFirst { keep(own) } else { told.append(own) }
        try tick()
      }
      try ranks.hand(told, of: self.texts.count, to: keep)
    }
    guard ranks.isFirst else { return nil }
    let probe = self.probe(found.promptIDs)
    return ModelResults(
      name: name, control: control.map { ($0, identity.name) },
      provenance: try provenance(index, found.promptIDs),
      blockCount: text.decoder.blockCount, hiddenSize: text.decoder.hiddenSize,
      layers: layers, lenses: lenses, contextualLayers: index?.layers ?? [],
      checks: try readers.map { try $0.check(probe) },
      bands: LayerBands.measured(
        found.pictured, of: lenses, at: layers, noise: found.noise),
      vocabulary: found.table, images: found.images, texts: found.texts,
      imageSummaries: found.pictured.summaries(of: lenses, at: layers, found.table),
      textSummaries: found.written.summaries(of: lenses, at: layers, found.table),
      sketch: found.sample.sketch, attentionLayers: found.attentionLayers)
  }

  /// Looks at an image as the model will, and keeps nothing.
  ///
  /// - Throws: what is wrong with one that cannot be read.
  func look(at path: String) throws { _ = try seer?.see(path) }

  /// The same over other images, of which there are some where there were.
  func reading(_ request: Request) -> Interpreter {
    var other = self
    other.request = request
    return other
  }

  /// The lenses of the request, made.
  private func readers(
    _ index: ContextualIndex?, _ common: CommonStates?
  ) throws -> [any LensReader] {
    try zip(request.lenses, ready).map { chosen, ready in
      try ready ?? Self.reader(of: chosen, text, identity, index, common)
    }
  }

  private static func reader(
    of chosen: ChosenLens, _ text: TextHalf, _ identity: ModelIdentity,
    _ index: ContextualIndex?, _ common: CommonStates?
  ) throws -> any LensReader {
    try chosen.lens.make(
      LensResources(
        decoder: text.decoder, compute: identity.compute, index: index, common: common,
        path: chosen.path))
  }

  /// What visual tokens have in common at each layer, over pictures that are not read; nil where no lens asks.
  private func commonStates(_ seer: VisionLanguage) throws -> CommonStates? {
    guard let directions = request.directions else { return nil }
    var sample = StateSample(directions: directions)
    for path in request.calibration {
      let pass = try pass(over: seer.see(path), seer)
      let batch = pass.record(layers, rows: pass.layout.visualPositions)
      try batch.requireFinite(rows: pass.layout.visualPositions, in: identity.source)
      sample.add(batch)
    }
    return sample.common
  }

  /// What text tokens have in common at each layer, over sentences of the index; nil where no lens asks.
  private func commonTextStates(_ index: ContextualIndex?) throws -> CommonStates? {
    guard let directions = request.directions, let index else { return nil }
    var sample = StateSample(directions: directions)
    let sentences = index.entries.sentences
    for number in stride(from: 0, to: sentences.count, by: max(1, sentences.count / 64)) {
      let sentence = TokenizedText(sentences[number], tokenizer: tokenizer)
      let rows = Array(
        sentence.ids.indices.dropFirst(index.description.identity.rules.firstPosition))
      guard !rows.isEmpty else { continue }
      let batch = try ForwardPass(model, text: sentence).record(
        layers.filter { $0 != .connector }, rows: rows)
      try batch.requireFinite(rows: rows, in: identity.source)
      sample.add(batch)
    }
    return sample.common
  }

  private func pass(
    over image: SeenImage, _ seer: VisionLanguage, continuation: [Int] = []
  ) throws -> ForwardPass {
    try ForwardPass(
      model: seer, images: [image], prompt: request.prompt, continuation: continuation,
      isNoise: control == .noise)
  }

  /// A picture that is read, and the states of what is read of it.
  private struct Seen {
    let image: SeenImage
    let promptIDs: [Int]
    /// What the model says of the picture; nil where nobody asks.
    let said: [Int]?
    let tokens: [VisualToken]
    let states: Recorded
    let attention: AttentionMaps?
  }

  /// Sends images through the model, one after the other. Each is lent together with the one before it, or,
  /// if it is the first of all, after it, to be held against; no more than three are in memory.
  private func forEachImage(
    _ seer: VisionLanguage, in numbers: Range<Int>,
    _ body: (_ number: Int, _ seen: Seen, _ other: Recorded?) throws -> Void
  ) throws {
    let pictures = PicturesAhead(request.images, seer)
    func seen(_ number: Int) throws -> Seen? {
      guard request.images.indices.contains(number) else { return nil }
      return try read(pictures.picture(number, before: numbers.upperBound), seer)
    }
    guard let first = numbers.first else { return }
    var before = try seen(first - 1)?.states
    var coming = try seen(first)
    for number in numbers {
      guard let current = coming else { return }
      coming = number + 1 < numbers.upperBound || before == nil ? try seen(number + 1) : nil
      try body(number, current, before ?? coming?.states)
      before = current.states
    }
  }

  private func read(_ image: SeenImage, _ seer: VisionLanguage) throws -> Seen {
    var pass = try pass(over: image, seer)
    let promptIDs = pass.layout.ids
    // What a control would say takes long, and nobody asks.
    let said =
      try request.captions && control == nil
      ? pass.generate(limit: 48, endTokens: text.endTokens) : nil
    // Where all tokens are read, those that the model has said are as well.
    if request.tokens == .all, let said, !said.isEmpty {
      pass = try self.pass(over: image, seer, continuation: said)
    }
    let rows = rows(of: pass)
    // Where each token lies on the picture, or which text it is.
    let visual = Dictionary(
      uniqueKeysWithValues: zip(pass.layout.visualPositions, image.tokens))
    let tokens = rows.map { row in
      visual[row] ?? VisualToken(text: tokenizer.decode([pass.layout.ids[row]]))
    }
    let attention = attentionRecorder(of: rows, in: pass)
    let batch = pass.record(layers, rows: rows, attention: attention)
    try batch.requireFinite(rows: rows, in: identity.source)
    return Seen(
      image: image, promptIDs: promptIDs, said: said, tokens: tokens,
      states: Recorded(batch, of: tokens, width: image.width, height: image.height),
      attention: attention?.maps)
  }

  /// Keeps how tokens attend, if that is asked for; of a control nobody asks.
  private func attentionRecorder(of rows: [Int], in pass: ForwardPass) -> AttentionRecorder? {
    request.attention && control == nil ? AttentionRecorder(layers, rows: rows, of: pass) : nil
  }

  /// The rows of the sequence that are read.
  private func rows(of pass: ForwardPass) -> [Int] {
    switch request.tokens {
    case .visual: pass.layout.visualPositions
    case .all: Array(pass.layout.ids.indices)
    }
  }

  private func findings(
    in seen: Seen, _ number: Int, against other: Recorded?, _ seer: VisionLanguage,
    _ readers: [any LensReader]
  ) throws -> ImageFindings {
    let image = seen.image
    let elsewhere = other.map(seen.states.elsewhere)
    let readings = try read(seen.states.batch, readers) { reader, firsts in
      elsewhere.map { reader.scores(of: $0.batch, with: firsts) }
    }
    let isHeldAgainstNoise = control != .noise && number < NoiseScores.enough
    let sketched =
      number < SketchSample.enough
      ? SketchedPicture(
        seen.states.batch, of: seen.tokens, width: image.width, height: image.height) : nil
    return ImageFindings(
      path: image.path, name: URL(fileURLWithPath: image.path).lastPathComponent,
      width: image.width, height: image.height, digest: try SHA256.digest(ofFile: image.path),
      caption: seen.said.map { tokenizer.decode($0, skippingSpecialTokens: true).trimmed },
      saidCount: request.tokens == .all ? seen.said?.count ?? 0 : 0,
      orientation: seer.sight.orientation, tokens: seen.tokens, readings: readings,
      noise: isHeldAgainstNoise ? try noise(like: image, seer, readers) : nil,
      sketched: sketched, attention: seen.attention, promptIDs: seen.promptIDs)
  }

  /// How near random vectors in the places of an image's visual tokens come to text.
  private func noise(
    like image: SeenImage, _ seer: VisionLanguage, _ readers: [any LensReader]
  ) throws -> [FoundNoise] {
    let pass = try ForwardPass(
      model: seer, images: [image], prompt: request.prompt, isNoise: true)
    let batch = pass.record(layers, rows: pass.layout.visualPositions)
    var noise: [FoundNoise] = []
    for (lens, reader) in readers.enumerated() {
      let nearest = reader.neighbors(of: batch, topK: 1).map { $0.first?.score ?? 0 }
      for layer in layers {
        guard let range = batch.range(of: layer) else { continue }
        noise.append(FoundNoise(lens: lens, layer: layer, scores: Array(nearest[range])))
      }
    }
    return noise
  }

  private func findings(
    inText number: Int, _ readers: [any LensReader]
  ) throws -> TextFindings {
    let (text, pass) = texts[number]
    let rows = Array(text.ids.indices)
    let attention = attentionRecorder(of: rows, in: pass)
    let batch = pass.record(
      layers.filter { $0 != .connector }, rows: rows, attention: attention)
    try batch.requireFinite(rows: rows, in: identity.source)
    return TextFindings(
      number: number, readings: try read(batch, readers) { _, _ in nil },
      attention: attention?.maps)
  }

  /// - Throws: `HostError` where a score is no number, which is the fault of what a lens compares with.
  /// - Parameter elsewhere: for the first neighbour of each row of the batch the score that it has with
  ///   another picture's state at the same place; nil where there is none.
  private func read(
    _ batch: borrowing StateBatch, _ readers: [any LensReader],
    elsewhere: (_ reader: any LensReader, _ firsts: [Neighbor]) -> [Float]?
  ) throws(HostError) -> [FoundReading] {
    let norms = batch.states.rowNorms()
    var readings: [FoundReading] = []
    for (lens, reader) in readers.enumerated() {
      let neighbors = reader.neighbors(of: batch, topK: request.topK)
      try requireFinite(neighbors, of: batch, through: request.lenses[lens].lens)
      let other = elsewhere(reader, neighbors.compactMap(\.first))
      for layer in batch.stages {
        guard let range = batch.range(of: layer) else { continue }
        readings.append(
          FoundReading(
            lens: lens, layer: layer, neighbors: NeighborColumns(Array(neighbors[range])),
            elsewhere: other.map { Array($0[range]) }, norms: Array(norms[range])))
      }
    }
    return readings
  }

  private func requireFinite(
    _ neighbors: [[Neighbor]], of batch: borrowing StateBatch, through lens: Lens
  ) throws(HostError) {
    let spoilt = neighbors.firstIndex {
      $0.isEmpty
        || !$0.allSatisfy { neighbor in
          (lens.score == .logit
            ? Finiteness.complaint(about: neighbor.score, of: .logits) == nil
            : neighbor.score.isFinite) && neighbor.probability?.isFinite ?? true
        }
    }
    guard let spoilt else { return }
    let stage = batch.stages[spoilt / batch.tokenCount]
    throw HostError(
      "\(identity.source): \(lens.title) finds a NaN, an infinity or what is no better among the scores of the token at "
        + "place \(spoilt % batch.tokenCount) of those read at layer \(stage.layerName); the weights that "
        + "it compares with are damaged")
  }

  /// The prompt without its image, which is no text to be tried with; a sentence where there was none.
  private func probe(_ promptIDs: [Int]) -> DecoderProbe {
    guard let seer else { return DecoderProbe(text, identity) }
    let placeholder = seer.bridge.joint.placement.placeholder
    return DecoderProbe(text, identity, ids: promptIDs.filter { $0 != placeholder })
  }

  private func provenance(_ index: ContextualIndex?, _ promptIDs: [Int]) throws -> Provenance {
    Provenance(
      weights: identity.weightsFingerprint.value(), tokenizer: text.tokenizerDigest,
      index: try index.map { "sha256:" + (try SHA256.digest(ofFile: $0.descriptionFile)) },
      prompt: try seer?.prompt(for: request.prompt, images: 1), promptIDs: promptIDs,
      adapters: identity.adapters, compute: identity.compute.arithmetic.name)
  }
}
