package import LatentLensComponents
package import LatentLensKernels
internal import LatentLensTensors

extension Lens {
  /// Nearest contextual states of text tokens, over all layers of an index at once (arXiv 2602.00462).
  package static let latent = Lens(
    "latent", title: "LatentLens", score: .cosine,
    from: .index { index, resources in ContextualLens(index, compute: resources.compute) })

  /// The same with the mean taken away on both sides: of each layer's rows, and of visual tokens at the
  /// layer that is read.
  package static let centeredLatent = Lens(
    "latent-centered", title: "LatentLens, centred", score: .cosine, isCentered: true,
    from: .index { index, resources in
      ContextualLens(index, compute: resources.compute, means: resources.means)
    })
}

/// Compares states with those of an index.
package struct ContextualLens: LensReader {
  private let index: ContextualIndex
  private let compute: Compute
  private let means: StateMeans?

  /// - Parameter means: what is taken from states before they are compared with rows, from which the mean
  ///   of their layer is taken; nil compares both as they are.
  package init(_ index: ContextualIndex, compute: Compute, means: StateMeans? = nil) {
    self.index = index
    self.compute = compute
    self.means = means
  }

  package func neighbors(of batch: borrowing StateBatch, topK: Int) -> [[Neighbor]] {
    means.lendQueries(batch) {
      index.neighbors(of: $0, topK: topK, isCentered: means != nil, compute: compute)
    }
  }

  package func scores(of batch: borrowing StateBatch, with neighbors: [Neighbor]) -> [Float] {
    means.lendQueries(batch) {
      index.scores(of: $0, with: neighbors, isCentered: means != nil)
    }
  }

  /// A token of the corpus, sent through the decoder again, has to find its own row with similarity 1; where
  /// means are taken away, with that of the rows taken from both.
  package func check(_ probe: any LensProbe) throws -> Check {
    let entries = index.entries
    var worst: Float = 0
    for row in stride(from: 0, to: entries.count, by: max(1, entries.count / 16)) {
      let ids = probe.tokenize(entries.sentences[entries.sentenceIDs[row]])
      let position = entries.positions[row]
      guard ids.indices.contains(position) else {
        worst = .infinity
        continue
      }
      let batch = try probe.states(of: ids, at: index.layers.map(Stage.hidden))
      for layer in index.layers {
        guard let start = batch.range(of: .hidden(layer))?.lowerBound else { continue }
        var state = batch.states.rows(start + position..<start + position + 1)
        if means != nil, let mean = index.mean(ofLayer: layer) {
          state = state.normalizedRows()
          state.add(row: mean.map { -$0 })
        }
        let found = index.neighbors(
          of: state, in: [layer], topK: 1, isCentered: means != nil, compute: compute)[0]
        worst = worse(worst, abs(1 - (found.first?.score ?? 0)))
      }
    }
    return Check(
      name: "a token of the corpus finds itself at its own layer with similarity 1"
        + (means == nil ? "" : ", centred"),
      figure: Double(worst), bound: index.description.identity.elementType.selfSimilarityBound)
  }
}

extension Encoding {
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
