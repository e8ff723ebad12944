package import LatentLensFormats
internal import LatentLensModels
package import LatentLensReading

extension WordHits {
  /// Where each word is, as tables.
  ///
  /// - Parameter maps: how near visual tokens are to the words themselves; empty where nobody asked.
  package func table(with maps: [WordMaps]) -> String {
    queries.indices.map { query in
      ([hits(of: query)] + maps.map { $0.table(ofWord: query) }).joined(separator: "\n\n")
    }.joined(separator: "\n\n")
  }

  private func hits(of query: Int) -> String {
    let text = queries[query].text
    var table = TextTable(["model", "picture", "lens", "layer", "tokens", "nearest", "row,column"])
    var count = 0
    for model in models {
      for pane in model.panes where pane.query == query && !pane.hits.isEmpty {
        count += 1
        table.add([
          model.name, pane.pictureName, pane.lens, pane.layer.layerText,
          "\(pane.hits.count) of \(pane.tokenCount)",
          "\(pane.hits.count { $0.rank == 1 })", Self.places(pane.hits),
        ])
      }
    }
    guard count > 0 else {
      return "\(text): is no neighbour of any visual token; `latentlens find --words` tells what is"
    }
    return "\(text)\n\n\(table.text)"
  }

  /// A few places, those of the nearest neighbours first.
  private static func places(_ hits: [Hit]) -> String {
    let few = hits.enumerated().sorted {
      ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset)
    }.prefix(5).map { hit in
      hit.element.row.flatMap { row in hit.element.column.map { "\(row),\($0)" } } ?? "–"
    }
    return few.joined(separator: " ") + (hits.count > few.count ? " …" : "")
  }

  /// The same for programs, as `models/schema/find.schema.json` describes it.
  package func json(with maps: [WordMaps]) -> JSONValue {
    [
      "schema": "latentlens.find", "version": 1, "results_sha256": .string(resultsDigest),
      "folding": .string(Folding.name),
      "queries": .array(
        queries.indices.map { query in
          [
            "text": .string(queries[query].text),
            "models": .array(
              models.map { model in
                [
                  "name": .string(model.name),
                  "readings": .array(
                    model.panes.filter { $0.query == query }.map(\.json)),
                  "similarities": maps.first { $0.name == model.name }?.json(ofWord: query)
                    ?? .null,
                ]
              }),
          ]
        }),
    ]
  }
}

extension WordHits.Pane {
  fileprivate var json: JSONValue {
    [
      "image": .whole(picture), "lens": .string(lens), "layer": layer,
      "tokens": .whole(tokenCount),
      "hits": .array(
        hits.map { hit in
          [
            "token": .whole(hit.token), "row": hit.row.map(JSONValue.whole) ?? .null,
            "column": hit.column.map(JSONValue.whole) ?? .null, "rank": .whole(hit.rank),
            "word": .string(hit.word),
          ]
        }),
    ]
  }
}
