package import LatentLensFormats

/// What was found of words in a run, as `found.json` has it: the report shows it where one of them is sought.
package struct FoundWords: Sendable {
  private var queries: [JSONObject] = []

  /// - Parameter document: as `latentlens find --json` tells it.
  package init(_ document: JSONValue) {
    guard case .object(let object) = document else { return }
    queries = Self.objects(object["queries"])
  }

  /// What was found in several runs; of a word that was sought in more than one the models together.
  init(joining queries: [JSONObject]) {
    for query in queries {
      if let place = self.queries.firstIndex(where: { $0["text"] == query["text"] }) {
        self.queries[place]["models"] = .array(
          (Self.objects(self.queries[place]["models"]) + Self.objects(query["models"]))
            .map(JSONValue.object))
      } else {
        self.queries.append(query)
      }
    }
  }

  /// A document with the words of an older one beside its own.
  static func adding(_ older: JSONNode?, to document: JSONValue) -> JSONValue {
    guard let older, case .object(var object) = document else { return document }
    let own = objects(object["queries"])
    let kept = FoundWords(older.value).queries.filter { query in
      !own.contains { $0["text"] == query["text"] }
    }
    object["queries"] = .array((kept + own).map(JSONValue.object))
    return .object(object)
  }

  /// What a report needs of it: of each hit no more than the token and the rank.
  var json: JSONValue {
    .array(
      queries.map { query in
        var query = query
        query["models"] = .array(
          Self.objects(query["models"]).map { model in
            var model = model
            model["readings"] = .array(
              Self.objects(model["readings"]).map { reading in
                var reading = reading
                reading["hits"] = .array(
                  Self.objects(reading["hits"]).map {
                    [$0["token"] ?? .null, $0["rank"] ?? .null]
                  })
                return .object(reading)
              })
            return .object(model)
          })
        return .object(query)
      })
  }

  var isEmpty: Bool { queries.isEmpty }

  private static func objects(_ list: JSONValue?) -> [JSONObject] {
    guard case .array(let elements)? = list else { return [] }
    return elements.compactMap { if case .object(let object) = $0 { object } else { nil } }
  }
}
