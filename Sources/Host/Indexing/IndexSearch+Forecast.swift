internal import LatentLensKernels
internal import LatentLensLenses
internal import LatentLensTensors

/// What a search will take, told before it is begun.
package struct SearchForecast: Sendable {
  /// How many vectors are looked for.
  package let queries: Int
  /// The rows of all layers that are searched.
  package let rows: Int
  package let width: Int
  /// The most neighbours that are held at once.
  package let heldNeighbors: Int
  /// About how many rows are computed again for each query; nil where none is looked at in 8 bits first.
  package let rescans: Int?
}

extension IndexSearch {
  /// How many rows are looked at, over all layers, and how many queries are tried with them.
  private static let sampled = (rows: 4096, queries: 32)

  /// What it will take to look for each row of a tensor; some of them are tried.
  package func forecast(
    ofTensor name: String?, in path: String, topK: Int
  ) throws -> SearchForecast {
    let queries = try queries(name, in: path)
    let tried = Self.spread(Self.sampled.queries, over: queries.rows)
    return forecast(trying: queries.gather(tried), of: queries.rows, topK: topK)
  }

  /// What it will take to look for so many vectors that are not known yet; rows of the index are tried in their stead.
  package func forecast(of count: Int, topK: Int) -> SearchForecast {
    guard !layers.isEmpty, let rows = index.embeddings(ofLayer: layers[layers.count / 2]) else {
      return forecast(trying: Matrix(rows: 0, columns: 0), of: count, topK: topK)
    }
    let tried = Self.spread(Self.sampled.queries, over: index.rows)
    let values = tried.flatMap { row in rows.rows(row..<row + 1).floats() }
    return forecast(
      trying: Matrix(rows: tried.count, columns: index.description.hiddenSize, values: values),
      of: count, topK: topK)
  }

  private func forecast(
    trying queries: borrowing Matrix, of count: Int, topK: Int
  ) -> SearchForecast {
    let rows = index.rows * layers.count
    let topK = bounded(topK)
    var rescans: Int?
    if let first = layers.first.flatMap(index.embeddings(ofLayer:)),
      ScreenForecast.applies(queries: count, among: first)
    {
      var forecast = ScreenForecast(queries)
      let numbers = Self.spread(max(1, Self.sampled.rows / layers.count), over: index.rows)
      for layer in layers {
        guard let rows = index.embeddings(ofLayer: layer), let common = index.common(ofLayer: layer)
        else { continue }
        // Not the first of each stretch, which rows that are tried in the stead of queries are.
        forecast.add(
          rows, sampled: numbers.map { min($0 + 1, index.rows - 1) }, center: common.mean)
      }
      rescans = forecast.rescans(k: topK)
    }
    return SearchForecast(
      queries: count, rows: rows, width: index.description.hiddenSize,
      heldNeighbors: topK * min(count, step(topK)), rescans: rescans)
  }

  /// As many numbers, or all there are, spread evenly.
  private static func spread(_ count: Int, over all: Int) -> [Int] {
    Array(stride(from: 0, to: all, by: max(1, (all + count - 1) / count)))
  }
}
