package import LatentLensFormats
internal import LatentLensModels
internal import LatentLensSession

extension WordMaps {
  /// How near tokens are to a word, as a table: the nearest of each picture at each layer.
  package func table(ofWord word: Int) -> String {
    let own = sources.filter { $0.word == word }
    guard !own.isEmpty else {
      return "\(name): the word is not in its index, nor in its vocabulary"
    }
    var made: [String] = []
    if let rows = own.first(where: { $0.contextualLayer != nil })?.count {
      made.append("index: the mean of \(rows) rows at each contextual layer")
    }
    if let tokens = own.first(where: { $0.contextualLayer == nil })?.count {
      made.append("embedding: the mean of \(tokens) input embeddings")
    }
    var table = TextTable([
      "picture", "layer", "by", "nearest", "cosine", "elsewhere", "noise", "above both",
    ])
    for pane in panes where pane.word == word {
      guard let best = pane.best else { continue }
      table.add([
        pane.pictureName, pane.layer.layerName, pane.way.name, pane.placeText(best),
        hundredths(Double(pane.similarities[best])),
        pane.elsewhere.map { hundredths(Double($0[best])) } ?? "–",
        pane.noise.map { hundredths($0.mean) } ?? "–",
        "\(pane.aboveControls) of \(pane.similarities.count)",
      ])
    }
    return """
      \(name): how near each picture's nearest token is to the word (\(made.joined(separator: "; "))), what
      another picture has at that place, random vectors (mean), and how many tokens are nearer than both: than
      theirs elsewhere, and than 19 in 20 random vectors.

      \(table.text)
      """
  }

  /// The same with all numbers.
  package func json(ofWord word: Int) -> JSONValue {
    [
      "made_of": .array(
        sources.filter { $0.word == word }.map {
          [
            "contextual_layer": $0.contextualLayer.map { .integer(Int64($0)) } ?? .null,
            "count": .integer(Int64($0.count)),
          ]
        }),
      "maps": .array(panes.filter { $0.word == word }.map(\.json)),
    ]
  }
}

extension WordMaps.Pane {
  /// The token with the largest similarity.
  fileprivate var best: Int? {
    similarities.indices.max { (similarities[$0], $1) < (similarities[$1], $0) }
  }

  fileprivate func placeText(_ token: Int) -> String {
    tokens[token].place.map { "\($0.row),\($0.column)" } ?? "–"
  }

  fileprivate var aboveControls: Int {
    similarities.indices.count { token in
      Double(similarities[token]) > noise?.ceiling ?? -1
        && similarities[token] > elsewhere?[token] ?? -1
    }
  }

  fileprivate var json: JSONValue {
    func rounded(_ value: Double) -> JSONValue { .number((value * 1e5).rounded() / 1e5) }
    func column(_ values: [Float]) -> JSONValue { .array(values.map { rounded(Double($0)) }) }
    return [
      "image": .integer(Int64(picture)), "layer": layer.layerJSON, "by": .string(way.name),
      "similarity": column(similarities),
      "contextual_layer": contextualLayers.map { .array($0.map { .integer(Int64($0)) }) } ?? .null,
      "elsewhere": elsewhere.map(column) ?? .null,
      "noise": noise.map {
        [
          "mean": rounded($0.mean), "deviation": rounded($0.deviation),
          "ceiling": rounded($0.ceiling),
        ]
      } ?? .null,
    ]
  }
}
