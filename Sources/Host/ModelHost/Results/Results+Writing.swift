internal import LatentLensFormats
internal import LatentLensLenses

/// Writes `results.json` piece by piece, so that a large run is never held as one text.
///
/// The shape is columnar: what repeats is interned, and each list has one element per visual token or
/// per entry. `models/schema/results.schema.json` describes it.
extension Results {
  static let schema = "latentlens.results"
  static let version = 1

  /// Writes the results as JSON; `write` takes the text in pieces.
  public func writeJSON(_ write: (String) throws -> Void) rethrows {
    try write("{\"schema\":\"\(Self.schema)\",\"version\":\(Self.version),\"tool\":")
    try write(tool.text() + ",\n\"run\":" + run.json.text() + ",\n\"models\":[")
    for (number, model) in models.enumerated() {
      try write(number == 0 ? "\n" : ",\n")
      try model.writeJSON(write)
    }
    try write("]}\n")
  }

  private var tool: JSONValue {
    ["name": "latentlens", "version": .string(LatentLensVersion.number)]
  }
}

/// The version of this program.
public enum LatentLensVersion {
  public static let number = "0.1.0"
}

extension Results.RunSummary {
  var json: JSONValue {
    [
      "name": .string(name), "prompt": prompt.map(JSONValue.string) ?? .null,
      "lenses": .array(lenses.map { .string($0.rawValue) }), "top_k": .integer(Int64(topK)),
      "models": .array(models.map(JSONValue.string)),
      "images": .array(images.map(JSONValue.string)),
    ]
  }
}

extension ModelResults {
  fileprivate func writeJSON(_ write: (String) throws -> Void) rethrows {
    var head = JSONObject()
    head["name"] = .string(name)
    head["provenance"] = provenance.json
    head["blocks"] = .integer(Int64(blockCount))
    head["hidden_size"] = .integer(Int64(hiddenSize))
    head["layers"] = .array(layers.map(\.json))
    head["lenses"] = .array(lenses.map { .string($0.rawValue) })
    head["contextual_layers"] = .array(contextualLayers.map { .integer(Int64($0)) })
    head["checks"] = .array(checks.map(\.json))
    head["sentences"] = .array(vocabulary.sentences.map(JSONValue.string))
    head["entries"] = vocabulary.json
    try write(JSONValue.object(head).text().dropLast() + ",\n\"images\":[")
    for (number, image) in images.enumerated() {
      try write(number == 0 ? "\n" : ",\n")
      try image.writeJSON(write)
    }
    try write("]}")
  }
}

extension StateLayer {
  var json: JSONValue {
    if case .residual(let layer) = self { return .integer(Int64(layer)) }
    return .string(name)
  }
}

extension Provenance {
  fileprivate var json: JSONValue {
    [
      "weights": .string(weights), "tokenizer": tokenizer.map(JSONValue.string) ?? .null,
      "index": index.map(JSONValue.string) ?? .null, "prompt": .string(prompt),
      "prompt_ids": .array(promptIDs.map { .integer(Int64($0)) }),
      "adapters": .object(
        JSONObject(adapters.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
      "compute": .string(compute),
    ]
  }
}

extension Check {
  var json: JSONValue {
    [
      "name": .string(name), "figure": .number(figure), "bound": .number(bound),
      "passed": .bool(passed),
    ]
  }
}

extension NeighborTable {
  fileprivate var json: JSONValue {
    func column(_ value: (Entry) -> JSONValue) -> JSONValue { .array(entries.map(value)) }
    func whole(_ number: Int?) -> JSONValue { number.map { .integer(Int64($0)) } ?? .null }
    return [
      "token": column { .string($0.token) },
      "token_id": column { whole($0.tokenID) },
      "word": column { .string($0.word) },
      "contextual_layer": column { whole($0.context?.layer) },
      "sentence": column { whole($0.context?.sentence) },
      "position": column { whole($0.context?.position) },
      "span": column { entry in
        entry.context?.span.map { [whole($0.lowerBound), whole($0.upperBound)] } ?? .null
      },
    ]
  }
}

extension ImageResults {
  fileprivate func writeJSON(_ write: (String) throws -> Void) rethrows {
    func column(_ value: (VisualToken) -> JSONValue) -> JSONValue { .array(tokens.map(value)) }
    let head: JSONValue = [
      "name": .string(name), "path": .string(path), "width": .integer(Int64(width)),
      "height": .integer(Int64(height)), "sha256": .string(digest),
      "caption": caption.map(JSONValue.string) ?? .null,
      "orientation": .string(orientation.rawValue),
      "tokens": [
        "view": column { .integer(Int64($0.view)) },
        "row": column { .integer(Int64($0.row)) },
        "column": column { .integer(Int64($0.column)) },
        "polygon": column { .array($0.polygon.map { .number(rounded($0, 1e3)) }) },
        "text": column { $0.text.map(JSONValue.string) ?? .null },
      ],
    ]
    try write(head.text().dropLast() + ",\n\"readings\":[")
    for (number, reading) in readings.enumerated() {
      try write(number == 0 ? "\n" : ",\n")
      try write(reading.json.text())
    }
    try write("]}")
  }
}

extension Reading {
  fileprivate var json: JSONValue {
    func column(_ value: (Found) -> JSONValue) -> JSONValue {
      .array(neighbors.map { .array($0.map(value)) })
    }
    var object = JSONObject([
      ("lens", .string(lens.rawValue)), ("layer", layer.json),
      ("entry", column { .integer(Int64($0.entry)) }),
    ])
    let score = column { .number(rounded(Double($0.score), 1e5)) }
    if lens == .logit {
      object["logit"] = score
      object["probability"] = column { .number(rounded($0.probability ?? 0, 1e5)) }
    } else {
      object["similarity"] = score
    }
    object["norm"] = .array(norms.map { .number(rounded(Double($0), 1e3)) })
    return .object(object)
  }
}

/// A number rounded to a decimal place, as results are stored.
private func rounded(_ number: Double, _ scale: Double) -> Double {
  (number * scale).rounded() / scale
}
