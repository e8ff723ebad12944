internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensIndexing
internal import LatentLensLenses
internal import LatentLensModels
internal import LatentLensSession

/// Writes `results.json` piece by piece, so that a large run is never held as one text.
///
/// The shape is columnar: what repeats is interned, and each list has one element per token or per entry.
/// `models/schema/results.schema.json` describes it.
extension Results {
  static let schema = "latentlens.results"
  /// 3: models have texts beside images, a prompt is null where there was no image, and controls stand beside
  /// models and readings.
  package static let version = 3
  /// That of results whose pictures' readings stand in parts: the same but for these, which whole results have.
  package static let partedVersion = 4

  /// Writes the results as JSON; `write` takes the text in pieces.
  package func writeJSON(_ write: (String) throws -> Void) throws {
    let head = Self.head(run: request.json, parts: parts?.name).text()
    // The head ends with an empty list of models, which is written one by one.
    try write(String(head.dropLast(2)))
    for (number, model) in models.enumerated() {
      try write(number == 0 ? "\n" : ",\n")
      try model.writeJSON(write)
    }
    try write("]}\n")
  }

  /// A document of results without models.
  ///
  /// - Parameter parts: the name of the folder that their readings stand in; nil for whole results.
  static func head(run: JSONValue, parts: String?) -> JSONValue {
    let version = parts == nil ? version : partedVersion
    var object = JSONObject([
      ("schema", .string(schema)), ("version", .integer(Int64(version))),
    ])
    // Near the beginning, where it is found without reading all of it.
    object["parts"] = parts.map(JSONValue.string)
    object["tool"] = ["name": "latentlens", "version": .string(LatentLensVersion.number)]
    object["run"] = run
    object["models"] = []
    return .object(object)
  }
}

/// The version of this program.
package enum LatentLensVersion {
  package static let number = "0.1.0"
}

extension ModelResults {
  fileprivate func writeJSON(_ write: (String) throws -> Void) throws {
    let (table, texts) = try told()
    var head = JSONObject()
    head["name"] = .string(name)
    head["control"] =
      control.map { ["of": .string($0.of), "kind": .string($0.kind.rawValue)] } ?? .null
    head["provenance"] = provenance.json
    head["blocks"] = .integer(Int64(blockCount))
    head["hidden_size"] = .integer(Int64(hiddenSize))
    head["layers"] = .array(layers.map(\.layerJSON))
    head["lenses"] = .array(lenses.map(\.json))
    head["contextual_layers"] = .array(contextualLayers.map { .integer(Int64($0)) })
    head["checks"] = .array(checks.map(\.json))
    head["bands"] = .array(bands.map(\.json))
    head[Part.attentionMember] = attentionLayers.map { .array($0.map(\.layerJSON)) }
    head["sentences"] = table.sentencesJSON
    head["entries"] = table.json
    try write(JSONValue.object(head).text().dropLast() + ",\n\"images\":[")
    for (number, image) in images.enumerated() {
      try write(number == 0 ? "\n" : ",\n")
      switch image.stored {
      case .held(let readings): try Reading.write(readings, of: image.head, write)
      case .part(let part): try write(image.head(in: part).text())
      }
    }
    try write("],\n\"texts\":[")
    for (number, text) in texts.enumerated() {
      try write(number == 0 ? "\n" : ",\n")
      try Reading.write(text.readings, of: text.head, write)
    }
    try write("]}")
  }

  /// The entries that stand in `results.json`, and the texts by their numbers: parts have their own.
  private func told() throws -> (table: EntryTable, texts: [TextResults]) {
    let all = EntryTable(vocabulary)
    guard images.contains(where: { if case .part = $0.stored { true } else { false } }) else {
      return (all, texts)
    }
    let (table, readings) = try all.cut(to: texts.flatMap(\.readings))
    var rest = readings[...]
    return (
      table,
      texts.map { text in
        let own = Array(rest.prefix(text.readings.count))
        rest = rest.dropFirst(own.count)
        return TextResults(
          text: text.text, tokens: text.tokens, readings: own, attention: text.attention)
      }
    )
  }
}

extension Lens {
  /// What readers of results have to know of a lens: readings hold its scores under the name `score`.
  fileprivate var json: JSONValue {
    ["name": .string(name), "title": .string(title), "score": .string(score.rawValue)]
  }
}

extension Provenance {
  fileprivate var json: JSONValue {
    [
      "weights": .string(weights), "tokenizer": tokenizer.map(JSONValue.string) ?? .null,
      "index": index.map(JSONValue.string) ?? .null,
      "prompt": prompt.map(JSONValue.string) ?? .null,
      "prompt_ids": .array(promptIDs.map { .integer(Int64($0)) }),
      "adapters": .object(
        JSONObject(
          adapters.map { ($0.key.rawValue, JSONValue.string($0.value)) }
            .sorted { $0.0 < $1.0 })),
      "compute": .string(compute),
    ]
  }
}

extension Check {
  fileprivate var json: JSONValue {
    [
      "name": .string(name), "figure": .number(figure), "bound": .number(bound),
      "passed": .bool(passed),
    ]
  }
}

extension LayerBands {
  /// As results have it.
  var json: JSONValue {
    [
      "lens": .string(lens.name), "layer": layer.layerJSON, "own": own.json,
      "noise": noise?.json ?? .null, "elsewhere": elsewhere?.json ?? .null,
      "above_noise": shareAboveNoise.map { .number(rounded($0, 1e4)) } ?? .null,
    ]
  }
}

extension Band {
  fileprivate var json: JSONValue {
    [
      "count": .integer(Int64(count)), "mean": .number(rounded(mean, 1e5)),
      "deviation": .number(rounded(deviation, 1e5)), "ceiling": .number(rounded(ceiling, 1e5)),
    ]
  }
}

extension ImageResults {
  /// Everything but what was read.
  fileprivate var head: JSONValue {
    var head = about
    head["tokens"] = tokensJSON
    head[Part.attentionMember] = attention?.json
    return .object(head)
  }

  /// What stands of it in results whose readings stand in parts.
  fileprivate func head(in part: Part) -> JSONValue {
    var head = about
    head["part"] = part.json
    return .object(head)
  }

  private var about: JSONObject {
    JSONObject([
      ("name", .string(name)), ("path", .string(path)), ("width", .whole(width)),
      ("height", .whole(height)), ("sha256", .string(digest)),
      ("caption", caption.map(JSONValue.string) ?? .null), ("said", .whole(saidCount)),
      ("orientation", .string(orientation.rawValue)),
    ])
  }

  /// The tokens that were read, column by column.
  var tokensJSON: JSONValue {
    func column(_ value: (VisualToken) -> JSONValue) -> JSONValue { .array(tokens.map(value)) }
    return [
      "view": column { .whole($0.place?.view) },
      "row": column { .whole($0.place?.row) },
      "column": column { .whole($0.place?.column) },
      "polygon": column { token in
        token.place.map { .array($0.polygon.map { .number(rounded($0, 1e3)) }) } ?? .null
      },
      "text": column { $0.text.map(JSONValue.string) ?? .null },
    ]
  }
}

extension TextResults {
  /// Everything but what was read.
  fileprivate var head: JSONValue {
    func column(_ value: (TextToken) -> JSONValue) -> JSONValue { .array(tokens.map(value)) }
    var head = JSONObject([
      ("text", .string(text)),
      (
        "tokens",
        [
          "text": column { .string($0.text) },
          "token_id": column { .whole($0.id) },
          "word": column { .string($0.word) },
          "span": column { .pair($0.span) },
        ]
      ),
    ])
    head[Part.attentionMember] = attention?.json
    return .object(head)
  }
}

extension Reading {
  /// Writes readings into an object, behind what stands at its head.
  fileprivate static func write(
    _ readings: [Reading], of head: JSONValue, _ write: (String) throws -> Void
  ) rethrows {
    try write(head.text().dropLast() + ",\n\"readings\":[")
    for (number, reading) in readings.enumerated() {
      try write(number == 0 ? "\n" : ",\n")
      try write(reading.json.text())
    }
    try write("]}")
  }
}
