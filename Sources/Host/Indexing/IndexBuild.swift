internal import LatentLensComponents
package import LatentLensFormats
internal import LatentLensKernels
package import LatentLensLenses
package import LatentLensModels
internal import LatentLensTensors
internal import LatentLensTokenization

/// Building a contextual index: sentences in front, the decoder in the middle, the writer at the end.
package struct IndexBuild: Sendable {
  package let draft: IndexDraft
  /// What will decide the index' rows.
  package let identity: IndexIdentity
  package let modelName: String
  private let decoder: any LanguageDecoder

  /// How many tokens are sent through the decoder together.
  package static let batchTokens = 1024

  /// Decides which rows the index will have; nothing is run yet.
  ///
  /// - Throws: `HostError` for a model without a decoder or a tokenizer, and for a corpus or layers that
  ///   give no index.
  package init(_ model: Model, corpus: Corpus, options: IndexOptions) throws(HostError) {
    let text = try model.text()
    decoder = text.decoder
    draft = try IndexDraft(
      corpus, tokenizer: text.tokenizer.get(), blockCount: text.decoder.blockCount,
      options: options)
    modelName = model.identity.name
    identity = IndexIdentity(
      maker: text.indexMaker(with: model.identity.compute), corpus: corpus.digest,
      layers: draft.layers, elementType: options.elementType, rules: options.rules)
  }

  package var rows: Int { draft.rows }
  package var layers: [Int] { draft.layers }

  /// Runs the decoder over the corpus and writes the index.
  ///
  /// - Parameter progress: is told how many of all tokens are done.
  /// - Throws: `IndexError` where the path is taken, `FileError` where it cannot be written.
  package func run(
    to path: String, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    let writer = try IndexWriter(
      path: path,
      description: IndexDescription(
        modelName: modelName, identity: identity, hiddenSize: decoder.hiddenSize, rows: rows))
    var done = 0
    for batch in batches() {
      try append(batch, to: writer)
      done += batch.reduce(0) { $0 + $1.tokens.count }
      progress(done, draft.tokens)
    }
    try writer.finish(entries: draft.entries)
  }

  /// Sequences in corpus order, as many together as make a batch.
  private func batches() -> [ArraySlice<RowSelection.Sequence>] {
    let sequences = draft.selection.sequences
    var batches: [ArraySlice<RowSelection.Sequence>] = []
    var start = 0
    var count = 0
    for (number, sequence) in sequences.enumerated() {
      if count > 0, count + sequence.tokens.count > Self.batchTokens {
        batches.append(sequences[start..<number])
        (start, count) = (number, 0)
      }
      count += sequence.tokens.count
    }
    if count > 0 { batches.append(sequences[start...]) }
    return batches
  }

  private func append(
    _ batch: ArraySlice<RowSelection.Sequence>, to writer: IndexWriter
  ) throws {
    let segments = Segments(counts: batch.map(\.tokens.count))
    let rows = zip(batch, segments.offsets).flatMap { sequence, offset in
      sequence.positions.map { offset + $0 }
    }
    var failure: (any Error)?
    let wanted = Set(layers.map(Stage.hidden))
    let writing = StageObserver(
      wants: wanted.contains,
      look: { stage, state in
        guard case .hidden(let layer) = stage, failure == nil else { return }
        do {
          try writer.append(state.gather(rows), toLayer: layer)
        } catch {
          failure = error
        }
      })
    _ = decoder.decode(
      decoder.embed(batch.flatMap(\.tokens)),
      DecoderPass(segments, through: layers.last ?? 0, observer: writing))
    if let failure { throw failure }
  }
}

extension TextHalf {
  /// What an index of this decoder says of its maker.
  func indexMaker(with compute: Compute) -> IndexIdentity.Maker {
    IndexIdentity.Maker(
      weights: fingerprint.value(), configuration: configurationDigest,
      tokenizer: tokenizerDigest ?? "", arithmetic: compute.arithmetic.name)
  }
}
