internal import LatentLensFormats
package import LatentLensReading
internal import LatentLensTokenization

/// Where words are among the neighbours of a finished run's visual tokens.
package struct WordHits: Sendable {
  package let queries: [WordQuery]
  let models: [ModelHits]
  /// The SHA-256 of the `results.json` that was looked through.
  let resultsDigest: String

  /// What was found in the readings of one model.
  struct ModelHits: Sendable {
    let name: String
    /// Of all queries; picture by picture, lens by lens, layer by layer.
    let panes: [Pane]
  }

  /// What a query finds in one lens' reading of one picture at one layer.
  struct Pane: Sendable {
    /// Of the queries.
    let query: Int
    /// Of the model's pictures.
    let picture: Int
    let pictureName: String
    let lens: String
    let layer: JSONValue
    let tokenCount: Int
    let hits: [Hit]
  }

  /// A visual token that has the word among its neighbours.
  struct Hit: Sendable {
    let token: Int
    /// In the raster of its view; nil for a token without a place.
    let row: Int?
    let column: Int?
    /// Which neighbour it is, 1 for the nearest.
    let rank: Int
    let word: String
  }

  /// - Parameters:
  ///   - lenses: the names of those to look through; none for all.
  ///   - layers: as they stand in results, as texts; none for all.
  /// - Throws: `JSONError` for results that cannot be read, `HostError` where a lens or a layer is not in them.
  package init(
    of queries: [WordQuery], in run: FinishedRun, lenses: [String] = [], layers: [String] = []
  ) throws {
    self.queries = queries
    resultsDigest = try SHA256.digest(ofFile: run.path)
    models = try run.models.map { node in
      let model = try ReadModel(node)
      let scope = try ReadScope(model, lenses: lenses, layers: layers, in: run)
      var tables = PerTable<[[Bool]]>()
      return ModelHits(
        name: model.name,
        panes: try model.pictures.enumerated().flatMap { number, picture in
          let opened = try picture.open()
          let matching = try tables.value(of: opened) { entries in
            try queries.map { try Self.matching($0, entries) }
          }
          return try Self.panes(of: number, opened, scope, matching)
        })
    }
  }

  /// For each entry, whether it is what is looked for.
  private static func matching(_ query: WordQuery, _ entries: ReadEntries) throws -> [Bool] {
    guard query.isPhrase else { return entries.words.map(query.matches) }
    let sentences = try entries.sentences()
    let node = try entries.table.entries.required("span")
    let spans = try node.elements()
    guard spans.count == entries.words.count else { throw node.error("does not fit the words") }
    var known: [Int: WordSpans] = [:]
    return try spans.enumerated().map { entry, span in
      guard let sentence = entries.occurrences[entry]?.sentence, span.value != .null,
        sentences.indices.contains(sentence)
      else { return false }
      let ends = try span.elements().map { try $0.integer() }
      guard ends.count == 2, ends[0] < ends[1] else { throw span.error("is no range") }
      let words = known[sentence] ?? WordSpans(sentences[sentence])
      known[sentence] = words
      return query.matches(words, at: ends[0]..<ends[1])
    }
  }

  private static func panes(
    of picture: Int, _ read: OpenPicture, _ scope: ReadScope, _ matching: [[Bool]]
  ) throws -> [Pane] {
    let places = try read.places()
    return try scope.lenses.flatMap { lens in
      try scope.layers.flatMap { layer -> [Pane] in
        guard let lists = try read.neighbors(lens: lens, layer: layer) else { return [] }
        return matching.enumerated().map { query, isMeant in
          Pane(
            query: query, picture: picture, pictureName: read.picture.name, lens: lens,
            layer: layer,
            tokenCount: lists.count,
            hits: lists.enumerated().compactMap { token, list in
              list.firstIndex { isMeant[$0] }.map { place in
                Hit(
                  token: token, row: places[token]?.row, column: places[token]?.column,
                  rank: place + 1, word: read.entries.words[list[place]])
              }
            })
        }
      }
    }
  }
}

/// The lenses and layers of a model that are looked through.
struct ReadScope {
  let lenses: [String]
  let layers: [JSONValue]

  init(
    _ model: ReadModel, lenses: [String], layers: [String], in run: FinishedRun
  ) throws(HostError) {
    let names = model.lenses.map(\.name)
    for lens in lenses where !names.contains(lens) {
      throw HostError("\(run.path): has no lens `\(lens)`, but \(names.joined(separator: ", "))")
    }
    let known = model.layers.map(\.layerText)
    for layer in layers where !known.contains(layer) {
      throw HostError("\(run.path): has no layer `\(layer)`, but \(known.joined(separator: ", "))")
    }
    self.lenses = lenses.isEmpty ? names : names.filter(lenses.contains)
    self.layers =
      layers.isEmpty ? model.layers : model.layers.filter { layers.contains($0.layerText) }
  }
}
