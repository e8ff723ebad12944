internal import Foundation
internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensKernels
public import LatentLensLenses
public import LatentLensTensors
internal import LatentLensTokenization

/// Building a contextual index: sentences in front, the decoder in the middle, the writer at the end.
public struct IndexBuild: Sendable {
  let model: Model
  let corpus: Corpus
  private let selection: IndexPlan
  public let layers: [Int]
  public let rules: IndexDescription.BuildRules
  public let elementType: ElementType

  /// How many tokens are sent through the decoder together.
  static let batchTokens = 1024

  /// Decides which rows the index will have; nothing is run yet.
  public init(_ model: Model, corpus: Corpus, options: IndexOptions) throws {
    let decoder = try model.requireDecoder()
    let tokenizer = try model.requireTokenizer()
    self.model = model
    self.corpus = corpus
    elementType = options.elementType
    layers = try Self.layers(options.layers, blockCount: decoder.blockCount)
    rules = IndexDescription.BuildRules(maxContexts: options.maxContexts)
    var selection = IndexPlan(rules: rules)
    for (number, sentence) in corpus.sentences.enumerated() {
      selection.add(sentence: number, tokens: tokenizer.encode(sentence)) { tokenizer.decode([$0]) }
    }
    guard selection.rows > 0 else {
      throw HostError(
        "\(corpus.path): gives no rows: every sentence has fewer than "
          + "\(rules.firstPosition + 1) tokens")
    }
    self.selection = selection
  }

  /// The layers of the paper: 1, 2, 4, 8, 16, 24 and the two before the last block's output.
  public static func defaultLayers(blockCount: Int) -> [Int] {
    let fixed = [1, 2, 4, 8, 16, 24].filter { $0 < blockCount }
    let last = [blockCount - 2, blockCount - 1].filter { $0 > 0 }
    return Set(fixed + last).sorted()
  }

  private static func layers(_ selection: LayerSelection?, blockCount: Int) throws -> [Int] {
    guard let selection else { return defaultLayers(blockCount: blockCount) }
    return try selection.layers(blockCount: blockCount, hasConnector: false).map { layer in
      guard case .residual(let number) = layer else {
        throw HostError("layer `\(layer.name)` cannot be indexed; choose numbered layers")
      }
      return number
    }
  }

  public var rows: Int { selection.rows }

  /// The size of the finished index, without its token table.
  public var bytes: Int {
    let width = model.decoder?.hiddenSize ?? 0
    return rows * layers.count * width * elementType.byteCount
  }

  /// The tokens that go through the decoder.
  public var tokens: Int { selection.sequences.reduce(0) { $0 + $1.tokens.count } }

  /// Runs the decoder over the corpus and writes the index.
  ///
  /// - Parameter progress: is told how many of all tokens are done.
  public func run(
    to path: String, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    let decoder = try model.requireDecoder()
    let description = IndexDescription(
      modelName: model.name, modelFingerprint: model.decoderFingerprint ?? "",
      hiddenSize: decoder.hiddenSize, layers: layers, elementType: elementType, rows: rows,
      rules: rules, corpusDigest: corpus.digest)
    let writer = try IndexWriter(path: path, description: description)
    var done = 0
    for batch in batches() {
      try append(batch, to: writer, decoder)
      done += batch.reduce(0) { $0 + $1.tokens.count }
      progress(done, tokens)
    }
    try writer.finish(entries: entries)
  }

  /// Sequences in corpus order, as many together as make a batch.
  private func batches() -> [ArraySlice<IndexPlan.Sequence>] {
    var batches: [ArraySlice<IndexPlan.Sequence>] = []
    var start = 0
    var count = 0
    for (number, sequence) in selection.sequences.enumerated() {
      if count > 0, count + sequence.tokens.count > Self.batchTokens {
        batches.append(selection.sequences[start..<number])
        (start, count) = (number, 0)
      }
      count += sequence.tokens.count
    }
    if count > 0 { batches.append(selection.sequences[start...]) }
    return batches
  }

  private func append(
    _ batch: ArraySlice<IndexPlan.Sequence>, to writer: IndexWriter,
    _ decoder: any LanguageDecoder
  ) throws {
    let segments = Segments(counts: batch.map(\.tokens.count))
    let rows = zip(batch, segments.offsets).flatMap { sequence, offset in
      sequence.positions.map { offset + $0 }
    }
    var failure: (any Error)?
    _ = decoder.decode(
      decoder.embed(batch.flatMap(\.tokens)), segments: segments, through: layers.last ?? 0,
      cache: nil
    ) { layer, state in
      guard layers.contains(layer), failure == nil else { return }
      do {
        try writer.append(state.gather(rows), toLayer: layer)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  private var entries: IndexEntries {
    var tokenIDs: [Int] = []
    var positions: [Int] = []
    var sentenceIDs: [Int] = []
    for sequence in selection.sequences {
      for position in sequence.positions {
        tokenIDs.append(sequence.tokens[position])
        positions.append(position)
        sentenceIDs.append(sequence.sentence)
      }
    }
    return IndexEntries(
      tokenIDs: tokenIDs, positions: positions, sentenceIDs: sentenceIDs,
      sentences: corpus.sentences)
  }
}
