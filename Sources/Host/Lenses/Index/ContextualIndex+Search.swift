package import LatentLensKernels
package import LatentLensTensors

extension ContextualIndex {
  /// The `topK` rows with the largest cosine over what is stored, best first, for each query.
  ///
  /// Exact, in 32-bit floats; ties go to the lower layer, then to the lower row.
  /// - Parameters:
  ///   - queries: `[n, hiddenSize]`, of any length.
  ///   - layers: the contextual layers to search, all of them the index's; nil searches every one.
  ///   - part: searches one of several parts of the rows; `merged` makes the answer of what all have found.
  ///   - removing: how many principal directions of their layer are taken from rows before they are compared,
  ///     beside their mean; nil takes nothing.
  package func neighbors(
    of queries: borrowing Matrix, in layers: [Int]? = nil, part: IndexPart? = nil, topK: Int,
    removing: Int? = nil, compute: Compute
  ) -> [[Neighbor]] {
    var best = Array(repeating: [Neighbor](), count: queries.rows)
    for (layer, rows) in slices(of: layers, part) {
      let found = nearest(
        queries, among: layer.embeddings.rows(rows), k: topK, measure: layer.measure(removing),
        // What the layers before had better of counts for nothing here.
        floors: best.map { $0.count == topK ? $0.last?.score ?? -.infinity : -.infinity },
        center: layer.common.mean, compute: compute)
      for (query, scored) in found.enumerated() {
        best[query] = Self.best(
          topK,
          of: best[query]
            + scored.map { neighbor(layer.number, rows.lowerBound + $0.row, $0.score) })
      }
    }
    return best
  }

  /// The answer of a search of which each part was searched by itself.
  ///
  /// - Parameter parts: what was found in each, in their order.
  package static func merged(_ parts: [[[Neighbor]]], topK: Int) -> [[Neighbor]] {
    (parts.first ?? []).indices.map { query in best(topK, of: parts.flatMap { $0[query] }) }
  }

  /// The first of some neighbours by score; of equal ones those stay first that come first.
  private static func best(_ count: Int, of found: [Neighbor]) -> [Neighbor] {
    Array(
      found.enumerated().sorted { left, right in
        left.element.score != right.element.score
          ? left.element.score > right.element.score : left.offset < right.offset
      }.prefix(count).map(\.element))
  }

  /// The similarity of each query with one neighbour of this index.
  ///
  /// - Parameter neighbors: one for each query.
  func scores(
    of queries: borrowing Matrix, with neighbors: [Neighbor], removing: Int?
  ) -> [Float] {
    var found = [Float](repeating: 0, count: neighbors.count)
    for layer in storedLayers {
      let places = neighbors.indices.filter { neighbors[$0].origin?.layer == layer.number }
      let similarities = LatentLensKernels.scores(
        queries.gather(places), with: places.compactMap { neighbors[$0].origin?.row },
        of: layer.embeddings, measure: layer.measure(removing))
      for (place, similarity) in zip(places, similarities) { found[place] = similarity }
    }
    return found
  }

  /// What `neighbors(of:in:topK:compute:)` has to find, found in the plainest way: every row is compared
  /// with every query, element by element in 64-bit floats, by no code that the fast search has.
  package func plainNeighbors(
    of queries: borrowing Matrix, in layers: [Int]? = nil, part: IndexPart? = nil, topK: Int
  ) -> [[Neighbor]] {
    let unit = (0..<queries.rows).map { Self.unit(queries.row($0)) }
    var best = Array(repeating: Best(capacity: topK), count: unit.count)
    for (layer, rows) in slices(of: layers, part) {
      for number in rows {
        let row = Self.unit(layer.embeddings.rows(number..<number + 1).floats())
        for (query, own) in unit.enumerated() {
          var cosine = 0.0
          for (x, y) in zip(own, row) { cosine += x * y }
          best[query].offer(cosine.isNaN ? -.infinity : cosine, layer: layer.number, row: number)
        }
      }
    }
    return best.map { $0.found.map { neighbor($0.layer, $0.row, Float($0.cosine)) } }
  }

  /// Rows are divided at multiples of this many: of what kernels cut by, so that a part is searched as the whole is, to
  /// the bit.
  private static let dividedRows = 4096

  /// The layers that are searched, and which rows of each: all, or those of a part, layer after layer.
  private func slices(
    of layers: [Int]?, _ part: IndexPart?
  ) -> [(layer: StoredLayer, rows: Range<Int>)] {
    let searched = storedLayers.filter { layers?.contains($0.number) ?? true }
    // What is left behind the last multiple goes with the slice before it.
    let perLayer = max(1, rows / Self.dividedRows)
    let all = searched.count * perLayer
    let own = part.map { all * ($0.number - 1) / $0.count..<all * $0.number / $0.count } ?? 0..<all
    return searched.enumerated().compactMap { place, layer in
      let slices = own.clamped(to: place * perLayer..<(place + 1) * perLayer)
      guard !slices.isEmpty else { return nil }
      let (first, end) = (
        slices.lowerBound - place * perLayer, slices.upperBound - place * perLayer
      )
      return (layer, first * Self.dividedRows..<(end == perLayer ? rows : end * Self.dividedRows))
    }
  }

  private func neighbor(_ layer: Int, _ row: Int, _ score: Float) -> Neighbor {
    Neighbor(
      tokenID: entries.tokenIDs[row], score: score, origin: .init(layer: layer, row: row))
  }

  /// A vector divided by its length; one of zeros stays.
  private static func unit(_ vector: [Float]) -> [Double] {
    let vector = vector.map(Double.init)
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return vector.map { $0 / max(length, 1e-12) }
  }
}

/// The best rows so far: offered in order, so that of equal ones the first stays before the later.
private struct Best {
  let capacity: Int
  private(set) var found: [(cosine: Double, layer: Int, row: Int)] = []

  init(capacity: Int) { self.capacity = capacity }

  mutating func offer(_ cosine: Double, layer: Int, row: Int) {
    if found.count == capacity, let last = found.last, cosine <= last.cosine { return }
    let place = found.firstIndex { $0.cosine < cosine } ?? found.endIndex
    found.insert((cosine, layer, row), at: place)
    if found.count > capacity { found.removeLast() }
  }
}
