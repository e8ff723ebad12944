internal import LatentLensComponents
package import LatentLensFormats
package import LatentLensKernels
package import LatentLensLenses
package import LatentLensModels
package import LatentLensRanks
internal import LatentLensTensors
internal import LatentLensTokenization
internal import Synchronization

/// Building a contextual index: sentences in front, the decoder in the middle, the writer at the end.
package struct IndexBuild: Sendable {
  package let draft: IndexDraft
  /// What will decide the index' rows.
  package let identity: IndexIdentity
  /// What the index says of its maker.
  private let modelName: String
  /// The part that is built; nil for the whole index.
  package let part: IndexPart?
  /// The model, for errors.
  private let source: String
  /// Who builds it together: each a part, which the first joins.
  let ranks: Ranks
  private let decoder: any LanguageDecoder
  let compute: Compute
  private let order: EncodingOrder
  /// The batches that are built here.
  private let batches: Range<Int>
  /// The sequences that are built here, in the order of the corpus.
  private let sequences: [Int]

  /// How many tokens are sent through the decoder together.
  package static let batchTokens = 1024
  /// How many batches go through the decoder at the same time, at most: each holds its activations.
  private static let mostTogether = 4
  private var together: Int { Self.together(compute) }
  private static func together(_ compute: Compute) -> Int { min(compute.threads, mostTogether) }
  /// How many tokens are in the decoder at the same time, at most.
  package static func tokensTogether(_ compute: Compute) -> Int {
    together(compute) * batchTokens
  }
  /// How the work is divided, where it can be gone on with.
  static let steps = "batches of \(batchTokens)"
  /// How much work an interruption may cost, at most and beside a batch.
  private static let betweenRecords = Duration.seconds(15)

  /// Decides which rows the index will have; nothing is run yet.
  ///
  /// - Parameter part: what of the index is built here. Which rows there are is decided for all of it, so that
  ///   the caps and the search for known beginnings are those of a single build; batches are whole, so that
  ///   states are, too.
  /// - Parameter ranks: the processes that build it together; `part` is for one alone.
  /// - Parameter name: what the index calls its maker; nil takes the model's name.
  /// - Throws: `HostError` for a model without a decoder or a tokenizer, and for a corpus or layers that
  ///   give no index.
  package init(
    _ model: Model, corpus: Corpus, options: IndexOptions, part: IndexPart? = nil,
    ranks: Ranks = .alone, named name: String? = nil
  ) throws(HostError) {
    let text = try model.text()
    let draft = try IndexDraft(corpus, for: text, named: model.identity.source, options: options)
    self.draft = draft
    source = model.identity.source
    decoder = text.decoder
    compute = model.identity.compute
    let order = draft.order(for: text.decoder)
    self.order = order
    self.part = part
    self.ranks = ranks
    batches = order.batches(of: part ?? IndexPart(ranks))
    sequences = order.batches[batches].joined().sorted()
    modelName = name ?? model.identity.name
    identity = IndexIdentity(
      maker: text.indexMaker(with: model.identity.compute), corpus: corpus.digest,
      layers: draft.layers, elementType: options.elementType, rules: options.rules)
  }

  package var layers: [Int] { draft.layers }

  /// The rows of each layer of what is built: a part, or the whole index.
  package var rows: Int { part == nil ? draft.rows : ownRows }

  private var ownRows: Int {
    sequences.reduce(0) { $0 + draft.selection.sequences[$1].positions.count }
  }

  /// What `index.json` says of a part; nil is the whole index.
  func description(of part: IndexPart?) -> IndexDescription {
    IndexDescription(
      modelName: modelName, identity: identity, part: part, hiddenSize: decoder.hiddenSize,
      rows: part == nil ? draft.rows : ownRows)
  }

  /// How far a build is.
  package struct Progress: Sendable {
    package fileprivate(set) var sentences = 0
    package fileprivate(set) var rows = 0
    package fileprivate(set) var tokens = 0
    /// The tokens that have to be computed.
    package let allTokens: Int

    fileprivate init(allTokens: Int) { self.allTokens = allTokens }
  }

  /// Runs the decoder over the corpus and writes the index, or goes on with what an earlier build has left.
  ///
  /// - Parameters:
  ///   - policy: whether another index that stands there may be replaced.
  ///   - progress: is told how much is done; what it throws ends the build, after what is done has been
  ///     recorded.
  /// - Throws: `IndexError` where the path is taken or the build is ended, `FileError` where it cannot be
  ///   written; `RankFailure` where another process has failed.
  @discardableResult
  package func run(
    to path: String, policy: OutputPolicy = OutputPolicy(),
    progress: (Progress) throws -> Void = { _ in }
  ) throws -> IndexWriter.Outcome {
    guard let own = IndexPart(ranks) else { return try write(part, to: path, policy, progress) }
    return try writeTogether(own, to: path, policy, progress)
  }

  /// Writes what this process builds.
  func write(
    _ part: IndexPart?, to path: String, _ policy: OutputPolicy,
    _ progress: (Progress) throws -> Void
  ) throws -> IndexWriter.Outcome {
    let description = description(of: part)
    if IndexWriter.isThere(description, at: path, steps: Self.steps) { return .wasThere }
    let writer = try IndexWriter(
      path: path, description: description, steps: Self.steps, policy: policy)
    let places = places()
    var state = Progress(allTokens: batches.reduce(0) { $0 + order.tokens(ofBatch: $1) })
    var recorded = ContinuousClock.now
    var next = batches.lowerBound
    while next < batches.upperBound {
      let round = next..<min(next + together, batches.upperBound)
      next = round.upperBound
      for number in round {
        state.add(order.batches[number].map { draft.selection.sequences[$0] })
        state.tokens += order.tokens(ofBatch: number)
      }
      let first = max(round.lowerBound, batches.lowerBound + writer.done)
      guard first < next else { continue }
      try write(first..<next, to: writer, places)
      let done = next - batches.lowerBound
      do {
        try ranks.check()
        try progress(state)
      } catch {
        try writer.record(done: done)
        if error is RankFailure { throw error }
        throw IndexError(
          "\(path): stopped after \(state.tokens) of \(state.allTokens) tokens; the same command "
            + "goes on from there")
      }
      if recorded.duration(to: .now) > Self.betweenRecords {
        try writer.record(done: done)
        recorded = .now
      }
    }
    // What follows reads all that was written.
    try writer.record(done: batches.count)
    try writer.finish(
      entries: draft.entries(ofSequences: sequences).numbered(part.map { _ in rowNumbers }),
      compute: compute)
    return .made
  }

  /// Where the rows of each sequence go.
  private func places() -> [Int: Range<Int>] {
    var places: [Int: Range<Int>] = [:]
    var first = 0
    for number in sequences {
      let count = draft.selection.sequences[number].positions.count
      places[number] = first..<first + count
      first += count
    }
    return places
  }

  /// The number that each row has in the whole index.
  private var rowNumbers: [Int] {
    let here = Set(sequences)
    var numbers: [Int] = []
    var first = 0
    for (number, sequence) in draft.selection.sequences.enumerated() {
      let count = sequence.positions.count
      if here.contains(number) { numbers += first..<first + count }
      first += count
    }
    return numbers
  }

  /// Writes batches that go through the decoder at the same time, each on some of the threads: what one of them does
  /// on a single thread, another fills with its own work.
  private func write(
    _ numbers: Range<Int>, to writer: IndexWriter, _ places: [Int: Range<Int>]
  ) throws {
    let failures = Mutex<[Int: any Error]>([:])
    compute.parallel(numbers.count) { index in
      do {
        try write(batch: numbers.lowerBound + index, to: writer, places)
      } catch {
        failures.withLock { $0[index] = error }
      }
    }
    if let first = failures.withLock({ $0.min { $0.key < $1.key } }) { throw first.value }
  }

  private func write(
    batch number: Int, to writer: IndexWriter, _ places: [Int: Range<Int>]
  ) throws {
    let batch = order.batch(number, of: draft.selection.sequences)
    let targets = order.batches[number].compactMap { places[$0] }
    let rows = batch.rows.flatMap(\.self)
    var failure: (any Error)?
    let wanted = Set(layers.map(Stage.hidden))
    let writing = StageObserver(
      wants: wanted.contains,
      look: { stage, state in
        guard case .hidden(let layer) = stage, failure == nil else { return }
        do {
          let states = state.gather(rows)
          try requireFinite(states, of: stage, inBatch: number)
          try writer.write(states, to: targets, ofLayer: layer)
        } catch {
          failure = error
        }
      })
    _ = decoder.decode(
      decoder.embed(batch.tokens),
      DecoderPass(batch.segments, through: layers.last ?? 0, observer: writing))
    if let failure { throw failure }
  }
}

extension IndexBuild {
  /// Makes sure that the rows of a batch are numbers.
  private func requireFinite(
    _ states: borrowing Matrix, of stage: Stage, inBatch number: Int
  ) throws(HostError) {
    guard let row = states.rowNorms().firstIndex(where: { !$0.isFinite }) else { return }
    let places = order.batches[number].flatMap { sequence in
      let sequence = draft.selection.sequences[sequence]
      return sequence.positions.map { (sequence.sentence, $0) }
    }
    let (sentence, position) = places[row]
    throw HostError(
      "\(source): \(stage.tensorName) has a NaN or an infinity at token \(position) of sentence "
        + "\(sentence + 1) of \(draft.corpus.path); the decoder's weights are damaged, or its arithmetic "
        + "overflows")
  }
}

extension IndexBuild.Progress {
  fileprivate mutating func add(_ sequences: [RowSelection.Sequence]) {
    sentences += sequences.count
    rows += sequences.reduce(0) { $0 + $1.positions.count }
  }
}

extension TextHalf {
  /// What an index of this decoder says of its maker.
  func indexMaker(with compute: Compute) -> IndexIdentity.Maker {
    let arithmetic = compute.arithmetic
    return IndexIdentity.Maker(
      weights: fingerprint.value(), configuration: configurationDigest,
      tokenizer: tokenizerDigest ?? "",
      arithmetic: [arithmetic.name, arithmetic.library].compactMap(\.self).joined(separator: ", "))
  }
}
