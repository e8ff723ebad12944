internal import LatentLensComponents
internal import LatentLensKernels
public import LatentLensLenses
internal import LatentLensTensors

/// The checks that have to hold on every run, whatever the model: they catch the silent errors of the
/// field, such as a norm applied twice, a layer that is off by one, or a query that is not normalised.
public struct SelfChecks: Sendable {
  private let model: Model
  private let decoder: any LanguageDecoder
  private let probe: [Int]

  /// - Parameter probe: token ids of some text, with which the decoder is tried.
  public init(_ model: Model, probe: [Int]) throws {
    self.model = model
    decoder = try model.requireDecoder()
    self.probe = probe
  }

  /// LogitLens of the last block's output has to give the logits that the model itself gives: through
  /// the norm and the head once, at every position.
  public func logitLensAgrees(_ lens: some Lens) throws -> Check {
    let recorder = StateRecorder(
      layers: [.residual(decoder.blockCount)], rows: Array(probe.indices),
      hiddenSize: decoder.hiddenSize)
    recorder.record(try ForwardPass(model, ids: probe))
    let final = decoder.decode(
      decoder.embed(probe), segments: Segments(count: probe.count), through: decoder.blockCount,
      cache: nil, observing: { _, _ in })
    let logits = decoder.logits(ofNormalized: decoder.normalize(final))
    let found = lens.neighbors(of: recorder.states, topK: 1)
    var worst: Float = 0
    var largest: Float = 1e-12
    for position in probe.indices {
      let row = logits.row(position)
      let best = row.max() ?? 0
      largest = max(largest, row.reduce(0) { max($0, abs($1)) })
      let reading = found[position].first
      worst = max(
        worst, reading.map { max(abs($0.score - best), abs(row[$0.tokenID] - best)) } ?? .infinity)
    }
    return Check(
      name: "LogitLens of the last layer gives the model's own logits",
      figure: Double(worst / largest), bound: 1e-4)
  }

  /// EmbeddingLens of a text token at layer 0 has to find that token with similarity 1. Where tokens
  /// share one embedding, any of them will do.
  public func embeddingLensFindsItself(_ lens: some Lens) -> Check {
    let found = lens.neighbors(of: decoder.embed(probe), topK: 1)
    let worst = found.reduce(0) { max($0, abs(1 - ($1.first?.score ?? 0))) }
    return Check(
      name: "EmbeddingLens of a text token at layer 0 finds that token with similarity 1",
      figure: Double(worst), bound: 1e-4)
  }

  /// A token of the corpus, sent through the decoder again, has to find its own row with similarity 1.
  public func latentLensFindsItself(_ lens: LatentLens, tokenize: (String) -> [Int]) throws -> Check
  {
    let entries = lens.index.entries
    let step = max(1, entries.count / 16)
    var worst: Float = 0
    for row in stride(from: 0, to: entries.count, by: step) {
      let ids = tokenize(entries.sentences[entries.sentenceIDs[row]])
      guard ids.indices.contains(entries.positions[row]) else {
        worst = .infinity
        continue
      }
      let recorder = StateRecorder(
        layers: lens.layers.map(StateLayer.residual), rows: [entries.positions[row]],
        hiddenSize: decoder.hiddenSize)
      recorder.record(try ForwardPass(model, ids: ids))
      for (number, layer) in lens.layers.enumerated() {
        let found = LatentLens(lens.index, layers: [layer], compute: model.compute)
          .neighbors(of: recorder.states.rows(number..<number + 1), topK: 1)
        worst = max(worst, abs(1 - (found[0].first?.score ?? 0)))
      }
    }
    return Check(
      name: "a token of the corpus finds itself at its own layer with similarity 1",
      figure: Double(worst), bound: lens.index.description.elementType.selfSimilarityBound)
  }
}

extension ElementType {
  /// How far from 1 the similarity of a state with its own stored row may be.
  fileprivate var selfSimilarityBound: Double {
    switch self {
    case .f32: 1e-4
    case .f16: 1e-3
    case .bf16: 5e-3
    default: 1e-2
    }
  }
}
