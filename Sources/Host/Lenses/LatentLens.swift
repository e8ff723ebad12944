public import LatentLensKernels
public import LatentLensTensors

/// Nearest contextual text-token states, over all layers of an index at once (arXiv 2602.00462).
public struct LatentLens: Lens {
  public let index: ContextualIndex
  /// The contextual layers that are searched, ascending.
  public let layers: [Int]
  private let compute: Compute

  public var kind: LensKind { .latent }

  /// - Parameter layers: a subset of the index's layers; nil searches all.
  public init(_ index: ContextualIndex, layers: [Int]? = nil, compute: Compute) {
    self.index = index
    self.layers = (layers ?? index.layers).sorted()
    self.compute = compute
  }

  /// The rows with the largest cosine over what is stored; ties go to the lower layer, then row.
  public func neighbors(of states: borrowing Matrix, topK: Int) -> [[Neighbor]] {
    var merged = Array(repeating: [Neighbor](), count: states.rows)
    for layer in layers {
      let found = nearest(
        states, among: index.embeddings(ofLayer: layer), k: topK, measure: .cosine,
        compute: compute)
      for (row, scored) in found.enumerated() {
        merged[row] += scored.map { candidate in
          Neighbor(
            tokenID: index.entries.tokenIDs[candidate.row], score: candidate.score,
            origin: .init(layer: layer, row: candidate.row))
        }
      }
    }
    // Layers were appended in ascending order and rows within them by the same rule, so that a stable
    // sort by score alone keeps ties in order.
    return merged.map { candidates in
      Array(
        candidates.enumerated().sorted { left, right in
          left.element.score != right.element.score
            ? left.element.score > right.element.score : left.offset < right.offset
        }.prefix(topK).map(\.element))
    }
  }
}
