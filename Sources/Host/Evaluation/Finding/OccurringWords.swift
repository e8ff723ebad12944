package import LatentLensFormats
internal import LatentLensModels
package import LatentLensReading

/// The words that occur among the neighbours of a finished run's visual tokens.
package struct OccurringWords: Sendable {
  let models: [Counted]

  struct Counted: Sendable {
    let name: String
    /// The commonest first: in how many readings of a token a word is among the neighbours, in how many as the
    /// nearest, and of how many pictures.
    let words: [(word: String, readings: Int, nearest: Int, pictures: Int)]
  }

  /// - Throws: as `WordHits` does.
  package init(in run: FinishedRun, lenses: [String] = [], layers: [String] = []) throws {
    models = try run.models.map { node in
      let model = try ReadModel(node)
      let scope = try ReadScope(model, lenses: lenses, layers: layers, in: run)
      return Counted(name: model.name, words: try Self.counted(model, scope))
    }
  }

  private struct Count {
    var readings = 0
    var nearest = 0
    var pictures: Set<Int> = []
  }

  private static func counted(
    _ model: ReadModel, _ scope: ReadScope
  ) throws -> [(word: String, readings: Int, nearest: Int, pictures: Int)] {
    var numbers: [String: Int] = [:]
    var words: [String] = []
    var counts: [Count] = []
    // Case is no other word here, as it is none where words are looked for.
    func number(of word: String) -> Int {
      let folded = word.lowercased()
      if let known = numbers[folded] { return known }
      numbers[folded] = words.count
      words.append(folded)
      counts.append(Count())
      return words.count - 1
    }
    var tables = PerTable<[Int]>()
    for (number, picture) in model.pictures.enumerated() {
      let opened = try picture.open()
      let wordOfEntry = tables.value(of: opened) { $0.words.map(number(of:)) }
      for lens in scope.lenses {
        for layer in scope.layers {
          for list in try opened.neighbors(lens: lens, layer: layer) ?? [] {
            let read = list.map { wordOfEntry[$0] }
            for word in Set(read) {
              counts[word].readings += 1
              counts[word].pictures.insert(number)
            }
            if let first = read.first { counts[first].nearest += 1 }
          }
        }
      }
    }
    return words.indices.filter { counts[$0].readings > 0 && !words[$0].isEmpty }
      .sorted { (counts[$1].readings, words[$0]) < (counts[$0].readings, words[$1]) }
      .map { (words[$0], counts[$0].readings, counts[$0].nearest, counts[$0].pictures.count) }
  }

  /// - Parameter limit: how many words are told of each model.
  package func table(limit: Int) -> String {
    models.map { model in
      var table = TextTable(["word", "readings", "nearest", "pictures"])
      for word in model.words.prefix(limit) {
        table.add([word.word, "\(word.readings)", "\(word.nearest)", "\(word.pictures)"])
      }
      let rest = model.words.count - limit
      return "\(model.name): \(model.words.count) words\n\n\(table.text)"
        + (rest > 0 ? "\n… and \(rest) more; --top \(model.words.count) tells all" : "")
    }.joined(separator: "\n\n")
  }

  package var json: JSONValue {
    [
      "models": .array(
        models.map { model in
          [
            "name": .string(model.name),
            "words": .array(
              model.words.map {
                [
                  "word": .string($0.word), "readings": .whole($0.readings),
                  "nearest": .whole($0.nearest), "pictures": .whole($0.pictures),
                ]
              }),
          ]
        })
    ]
  }
}
