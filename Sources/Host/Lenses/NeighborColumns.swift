/// The neighbours of many queries as columns of numbers, which pass from one process to another.
package struct NeighborColumns: Sendable, Codable {
  /// How many each query has.
  private var counts: [Int] = []
  private var tokenIDs: [Int] = []
  private var scores: [Float] = []
  /// Of all or of none, as the next two: those of one lens are alike.
  private var probabilities: [Double] = []
  private var layers: [Int] = []
  private var rows: [Int] = []

  package init(_ lists: [[Neighbor]]) {
    for list in lists {
      counts.append(list.count)
      for neighbor in list {
        tokenIDs.append(neighbor.tokenID)
        scores.append(neighbor.score)
        if let probability = neighbor.probability { probabilities.append(probability) }
        if let origin = neighbor.origin {
          layers.append(origin.layer)
          rows.append(origin.row)
        }
      }
    }
  }

  /// The neighbours of each query.
  package var lists: [[Neighbor]] {
    var first = 0
    return counts.map { count in
      defer { first += count }
      return (first..<first + count).map { place in
        Neighbor(
          tokenID: tokenIDs[place], score: scores[place],
          probability: probabilities.isEmpty ? nil : probabilities[place],
          origin: rows.isEmpty ? nil : .init(layer: layers[place], row: rows[place]))
      }
    }
  }
}
