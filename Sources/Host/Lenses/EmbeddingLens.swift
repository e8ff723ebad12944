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
}

/// Compares states with a table of input embeddings.
package struct EmbeddingLens: LensReader {
  private let embedding: Embedding
  private let compute: Compute

  package init(_ embedding: Embedding, compute: Compute) {
    self.embedding = embedding
    self.compute = compute
  }

  /// The tokens whose embeddings have the largest cosine; ties go to the lower token.
  package func neighbors(of batch: borrowing StateBatch, topK: Int) -> [[Neighbor]] {
    nearest(
      batch.states, among: embedding.weight, k: topK, measure: .cosine, compute: compute
    ).map { $0.map { Neighbor(tokenID: $0.row, score: $0.score) } }
  }

  package func check(_ probe: any LensProbe) throws -> Check {
    try Self.check(self, probe)
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
