package import LatentLensComponents
package import LatentLensKernels
internal import LatentLensTensors

extension Lens {
  /// Nearest input embeddings by cosine.
  package static let embedding = Lens(
    "embedding", title: "EmbeddingLens", score: .cosine,
    from: .decoder { resources in
      EmbeddingLens(resources.decoder.embedding, compute: resources.compute)
    })

  /// The same with the mean taken away on both sides: of the embeddings, and of visual tokens at the layer
  /// that is read.
  package static let centeredEmbedding = Lens(
    "embedding-centered", title: "EmbeddingLens, centred", score: .cosine, isCentered: true,
    from: .decoder { resources in
      EmbeddingLens(
        resources.decoder.embedding, compute: resources.compute, means: resources.means)
    })
}

/// Compares states with a table of input embeddings.
package struct EmbeddingLens: LensReader {
  private let embedding: Embedding
  private let compute: Compute
  private let means: StateMeans?
  private let measure: Measure

  /// - Parameter means: what is taken from states before they are compared with embeddings, from which
  ///   their mean is taken; nil compares both as they are.
  package init(_ embedding: Embedding, compute: Compute, means: StateMeans? = nil) {
    self.init(
      embedding, compute, means,
      means == nil ? .cosine : .centeredCosine(mean: meanOfUnitRows(embedding.weight)))
  }

  private init(
    _ embedding: Embedding, _ compute: Compute, _ means: StateMeans?, _ measure: Measure
  ) {
    self.embedding = embedding
    self.compute = compute
    self.means = means
    self.measure = measure
  }

  /// The tokens whose embeddings have the largest cosine; ties go to the lower token.
  package func neighbors(of batch: borrowing StateBatch, topK: Int) -> [[Neighbor]] {
    means.lendQueries(batch) {
      nearest($0, among: embedding.weight, k: topK, measure: measure, compute: compute)
    }.map { $0.map { Neighbor(tokenID: $0.row, score: $0.score) } }
  }

  package func scores(of batch: borrowing StateBatch, with neighbors: [Neighbor]) -> [Float] {
    means.lendQueries(batch) {
      LatentLensKernels.scores(
        $0, with: neighbors.map(\.tokenID), of: embedding.weight, measure: measure)
    }
  }

  package func check(_ probe: any LensProbe) throws -> Check {
    guard case .centeredCosine(let mean) = measure else { return try Self.check(self, probe) }
    // Text tokens are embeddings, whose mean they have.
    let means = StateMeans([.hidden(0): mean])
    let check = try Self.check(EmbeddingLens(embedding, compute, means, measure), probe)
    return Check(name: check.name + ", centred", figure: check.figure, bound: check.bound)
  }

  /// A text token has to be found at layer 0 with similarity 1. Where tokens share one embedding, any of
  /// them will do.
  ///
  /// - Parameter lens: a reader that should find the same as this one.
  package static func check(_ lens: some LensReader, _ probe: any LensProbe) throws -> Check {
    let states = try probe.states(of: probe.ids, at: [.hidden(0)])
    let found = lens.neighbors(of: states, topK: 1)
    let worst = found.reduce(0) { worse($0, abs(1 - ($1.first?.score ?? 0))) }
    return Check(
      name: "EmbeddingLens of a text token at layer 0 finds that token with similarity 1",
      figure: Double(worst), bound: 1e-4)
  }
}
