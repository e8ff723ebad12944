internal import LatentLensComponents
internal import LatentLensIndexing
internal import LatentLensKernels
internal import LatentLensLenses
internal import LatentLensModels
internal import LatentLensTensors

/// Vectors that stand for some words: for each word the mean of its rows in an index, at each contextual layer,
/// and the mean of its input embeddings; all of them unit.
struct WordProbes: Sendable {
  /// What a vector was made of.
  struct Source: Sendable {
    /// Of the words.
    let word: Int
    /// Nil for input embeddings.
    let contextualLayer: Int?
    /// How many rows, or tokens, it is the mean of.
    let count: Int
  }

  let sources: [Source]
  private let probes: Linear?

  /// - Parameters:
  ///   - index: nil where there is none.
  ///   - directions: how many directions of what rows, and embeddings, have in common are taken away beside its
  ///     mean; nil takes nothing away.
  init(
    _ words: WordRows, _ text: TextHalf, index: ContextualIndex?, removing directions: Int?,
    compute: Compute
  ) {
    var sources: [Source] = []
    var vectors: [[Float]] = []
    func add(_ mean: (vector: [Float], count: Int)?, _ word: Int, _ layer: Int?) {
      guard let mean else { return }
      sources.append(Source(word: word, contextualLayer: layer, count: mean.count))
      vectors.append(mean.vector)
    }
    let embeddings = text.decoder.embedding.weight
    let common = directions.map { CommonPart(of: embeddings, directions: $0) }
    for word in words.tokens.indices {
      if let index, let rows = words.rows {
        for layer in index.layers {
          let part = directions.flatMap { index.common(ofLayer: layer)?.keeping($0) }
          add(
            index.embeddings(ofLayer: layer).flatMap {
              Self.mean(of: rows[word], $0, without: part)
            }, word, layer)
        }
      }
      add(Self.mean(of: words.tokens[word], embeddings, without: common), word, nil)
    }
    self.sources = sources
    probes =
      vectors.isEmpty
      ? nil
      : Linear(
        Weight(
          name: "words", floats: vectors.flatMap(\.self),
          shape: [vectors.count, vectors[0].count]), compute: compute)
  }

  /// The cosines of states `[n, hiddenSize]` with each vector: row by row.
  func cosines(with states: borrowing Matrix) -> [[Float]] {
    guard let probes else { return Array(repeating: [], count: states.rows) }
    let products = probes(states.copy())
    let norms = states.rowNorms()
    return norms.enumerated().map { row, norm in
      products.row(row).map { norm > 0 ? $0 / norm : 0 }
    }
  }

  /// The mean of some rows, each made unit, without what they have in common, made unit itself; nil for none.
  private static func mean(
    of rows: [Int], _ table: Weight, without common: CommonPart?
  ) -> (vector: [Float], count: Int)? {
    guard !rows.isEmpty else { return nil }
    var sum = [Double](repeating: 0, count: table.shape[1])
    for row in rows {
      let values = table.rows(row..<row + 1).floats()
      let norm = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      guard norm > 0 else { continue }
      for place in sum.indices { sum[place] += Double(values[place]) / norm }
    }
    var mean = Matrix(
      rows: 1, columns: sum.count, values: sum.map { Float($0 / Double(rows.count)) })
    if let common { mean.remove(common) }
    let norm = mean.rowNorms()[0]
    guard norm > 0 else { return nil }
    return (mean.row(0).map { $0 / norm }, rows.count)
  }
}
