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
  package static let centeredLatent = latent(
    "latent-centered", title: "LatentLens, centred", without: 0)

  /// The same with the first principal directions around the mean taken away as well ("all but the top", Mu,
  /// Bhat and Viswanath, arXiv 1702.01417).
  package static let latentAllButTop = latent(
    "latent-all-but-top", title: "LatentLens, all but the top", without: topDirections)

  private static func latent(_ name: String, title: String, without directions: Int) -> Lens {
    Lens(
      name, title: title, score: .cosine, removedDirections: directions,
      from: .index { index, resources in
        ContextualLens(
          index, compute: resources.compute,
          removing: resources.common.map { ($0, directions) })
      })
  }
}

/// Compares states with those of an index.
package struct ContextualLens: LensReader {
  private let index: ContextualIndex
  private let compute: Compute
  /// What is taken from states before they are compared with rows.
  private let common: CommonStates?
  /// How many directions are taken from rows beside their mean; nil takes nothing away.
  private let removed: Int?

  /// - Parameter removing: what states have in common, and how many directions of it are taken from them, and
  ///   of their own from rows, beside the mean of both; nil compares both as they are.
  package init(
    _ index: ContextualIndex, compute: Compute,
    removing: (common: CommonStates, directions: Int)? = nil
  ) {
    self.index = index
    self.compute = compute
    common = removing.map { $0.common.keeping($0.directions) }
    removed = removing?.directions
  }

  package func neighbors(of batch: borrowing StateBatch, topK: Int) -> [[Neighbor]] {
    common.lendQueries(batch) {
      index.neighbors(of: $0, topK: topK, removing: removed, compute: compute)
    }
  }

  package func scores(of batch: borrowing StateBatch, with neighbors: [Neighbor]) -> [Float] {
    common.lendQueries(batch) {
      index.scores(of: $0, with: neighbors, removing: removed)
    }
  }

  /// A token of the corpus, sent through the decoder again, has to find its own row with similarity 1; where
  /// something is taken away, with that of the rows taken from both.
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
        if let removed, let common = index.common(ofLayer: layer) {
          state = state.normalizedRows()
          state.remove(common.keeping(removed))
        }
        let found = index.neighbors(
          of: state, in: [layer], topK: 1, removing: removed, compute: compute)[0]
        worst = worse(worst, abs(1 - (found.first?.score ?? 0)))
      }
    }
    return Check(
      name: "a token of the corpus finds itself at its own layer with similarity 1"
        + removal(removed),
      figure: Double(worst), bound: index.description.identity.elementType.selfSimilarityBound)
  }
}

/// What the name of a check says of what is taken away.
func removal(_ directions: Int?) -> String {
  switch directions {
  case nil: ""
  case 0: ", centred"
  case let count?: ", without the mean and \(count) directions"
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
