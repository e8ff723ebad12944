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

  /// Writes the results as JSON; `write` takes the text in pieces.
  package func writeJSON(_ write: (String) throws -> Void) rethrows {
    let head = Self.document(run: request.json, models: []).text()
    // The head ends with an empty list of models, which is written one by one.
    try write(String(head.dropLast(2)))
    for (number, model) in models.enumerated() {
      try write(number == 0 ? "\n" : ",\n")
      try model.writeJSON(write)
    }
    try write("]}\n")
  }

  /// A whole document of results.
  static func document(run: JSONValue, models: [JSONValue]) -> JSONValue {
    [
      "schema": .string(schema), "version": .integer(Int64(version)),
      "tool": ["name": "latentlens", "version": .string(LatentLensVersion.number)],
      "run": run, "models": .array(models),
    ]
  }
}

/// The version of this program.
package enum LatentLensVersion {
  package static let number = "0.1.0"
}

extension ModelResults {
  fileprivate func writeJSON(_ write: (String) throws -> Void) rethrows {
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
    head["sentences"] = .array(vocabulary.sentences.map(JSONValue.string))
    head["entries"] = vocabulary.json
    try write(JSONValue.object(head).text().dropLast() + ",\n\"images\":[")
    for (number, image) in images.enumerated() {
      try write(number == 0 ? "\n" : ",\n")
      try Reading.write(image.readings, of: image.head, write)
    }
    try write("],\n\"texts\":[")
    for (number, text) in texts.enumerated() {
      try write(number == 0 ? "\n" : ",\n")
      try Reading.write(text.readings, of: text.head, write)
    }
    try write("]}")
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

extension NeighborTable {
  fileprivate var json: JSONValue {
    func column(_ value: (Entry) -> JSONValue) -> JSONValue { .array(entries.map(value)) }
    return [
      "token": column { .string($0.token) },
      "token_id": column { whole($0.tokenID) },
      "word": column { .string($0.word) },
      "contextual_layer": column { whole($0.context?.layer) },
      "sentence": column { whole($0.context?.sentence) },
      "position": column { whole($0.context?.position) },
      "span": column { pair($0.context?.span) },
    ]
  }
}

extension ImageResults {
  /// Everything but what was read.
  fileprivate var head: JSONValue {
    func column(_ value: (VisualToken) -> JSONValue) -> JSONValue { .array(tokens.map(value)) }
    return [
      "name": .string(name), "path": .string(path), "width": .integer(Int64(width)),
      "height": .integer(Int64(height)), "sha256": .string(digest),
      "caption": caption.map(JSONValue.string) ?? .null, "said": .integer(Int64(saidCount)),
      "orientation": .string(orientation.rawValue),
      "tokens": [
        "view": column { whole($0.place?.view) },
        "row": column { whole($0.place?.row) },
        "column": column { whole($0.place?.column) },
        "polygon": column { token in
          token.place.map { .array($0.polygon.map { .number(rounded($0, 1e3)) }) } ?? .null
        },
        "text": column { $0.text.map(JSONValue.string) ?? .null },
      ],
    ]
  }
}

extension TextResults {
  /// Everything but what was read.
  fileprivate var head: JSONValue {
    func column(_ value: (TextToken) -> JSONValue) -> JSONValue { .array(tokens.map(value)) }
    return [
      "text": .string(text),
      "tokens": [
        "text": column { .string($0.text) },
        "token_id": column { whole($0.id) },
        "word": column { .string($0.word) },
        "span": column { pair($0.span) },
      ],
    ]
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

  fileprivate var json: JSONValue {
    func column(_ value: (Found) -> JSONValue) -> JSONValue {
      .array(neighbors.map { .array($0.map(value)) })
    }
    var object = JSONObject([
      ("lens", .string(lens.name)), ("layer", layer.layerJSON),
      ("entry", column { .integer(Int64($0.entry)) }),
      (lens.score.rawValue, column { .number(rounded(Double($0.score), 1e5)) }),
    ])
    switch lens.score {
    case .cosine: break
    case .logit:
      object["probability"] = column { found in
        found.probability.map { .number(rounded($0, 1e5)) } ?? .null
      }
    }
    object["elsewhere"] =
      elsewhere.map { .array($0.map { .number(rounded(Double($0), 1e5)) }) } ?? .null
    object["norm"] = .array(norms.map { .number(rounded(Double($0), 1e3)) })
    return .object(object)
  }
}

/// A whole number, or null.
private func whole(_ number: Int?) -> JSONValue { number.map { .integer(Int64($0)) } ?? .null }

/// A range, as its first number and the one behind its last; or null.
private func pair(_ span: Range<Int>?) -> JSONValue {
  span.map { [whole($0.lowerBound), whole($0.upperBound)] } ?? .null
}

/// A number rounded to a decimal place, as results are stored.
private func rounded(_ number: Double, _ scale: Double) -> Double {
  (number * scale).rounded() / scale
}
