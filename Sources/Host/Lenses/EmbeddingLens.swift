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
  package static let centeredEmbedding = embedding(
    "embedding-centered", title: "EmbeddingLens, centred", without: 0)

  /// The same with the first principal directions around the mean taken away as well ("all but the top", Mu,
  /// Bhat and Viswanath, arXiv 1702.01417).
  package static let embeddingAllButTop = embedding(
    "embedding-all-but-top", title: "EmbeddingLens, all but the top", without: topDirections)

  private static func embedding(_ name: String, title: String, without directions: Int) -> Lens {
    Lens(
      name, title: title, score: .cosine, removedDirections: directions,
      from: .decoder { resources in
        EmbeddingLens(
          resources.decoder.embedding, compute: resources.compute,
          removing: resources.common.map { ($0, directions) })
      })
  }
}

/// Compares states with a table of input embeddings.
package struct EmbeddingLens: LensReader {
  private let embedding: Embedding
  private let compute: Compute
  /// What is taken from states before they are compared with embeddings.
  private let common: CommonStates?
  private let measure: Measure

  /// - Parameter removing: what states have in common, and how many directions of it are taken from them, and
  ///   of their own from embeddings, beside the mean of both; nil compares both as they are.
  package init(
    _ embedding: Embedding, compute: Compute,
    removing: (common: CommonStates, directions: Int)? = nil
  ) {
    self.init(
      embedding, compute, removing.map { $0.common.keeping($0.directions) },
      removing.map {
        .cosineWithout(CommonPart(of: embedding.weight, directions: $0.directions))
      } ?? .cosine)
  }

  private init(
    _ embedding: Embedding, _ compute: Compute, _ common: CommonStates?, _ measure: Measure
  ) {
    self.embedding = embedding
    self.compute = compute
    self.common = common
    self.measure = measure
  }

  /// The tokens whose embeddings have the largest cosine; ties go to the lower token.
  package func neighbors(of batch: borrowing StateBatch, topK: Int) -> [[Neighbor]] {
    common.lendQueries(batch) {
      nearest($0, among: embedding.weight, k: topK, measure: measure, compute: compute)
    }.map { $0.map { Neighbor(tokenID: $0.row, score: $0.score) } }
  }

  package func scores(of batch: borrowing StateBatch, with neighbors: [Neighbor]) -> [Float] {
    common.lendQueries(batch) {
      LatentLensKernels.scores(
        $0, with: neighbors.map(\.tokenID), of: embedding.weight, measure: measure)
    }
  }

  package func check(_ probe: any LensProbe) throws -> Check {
    guard case .cosineWithout(let part) = measure else { return try Self.check(self, probe) }
    // Text tokens are embeddings, and have in common what these have.
    let common = CommonStates([.hidden(0): part])
    let check = try Self.check(EmbeddingLens(embedding, compute, common, measure), probe)
    return Check(
      name: check.name + removal(part.directions.count), figure: check.figure, bound: check.bound)
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
