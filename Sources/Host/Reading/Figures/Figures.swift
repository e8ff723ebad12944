internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensModels

/// Every number that a report draws, beside what it shows token by token: curves of each model, one axis of
/// depth for all of them, and how far they agree.
///
/// `models/schema/comparison.schema.json` describes the document.
struct Figures: Sendable {
  static let schema = "latentlens.comparison"
  static let version = 1

  private let models: [FigureModel]
  /// What is kept of each model's states; nil where nothing was.
  private let sketches: [StateSketch?]
  private let evaluation: JSONValue
  private var found = FoundWords(.null)
  private var warnings: [String] = []

  /// Figures of a run's models.
  init(of results: Results) {
    models = results.models.map { FigureModel($0, parts: results.parts?.writtenPath) }
    sketches = results.models.map(\.sketch)
    evaluation = .null
  }

  /// Figures of models as results have them.
  ///
  /// - Parameters:
  ///   - sketches: what is kept of each model's states.
  ///   - evaluation: how often their readings are right, as `evaluation.json` has it.
  ///   - found: what was found of words.
  ///   - warnings: what speaks against comparing some of it.
  /// - Throws: `JSONError` for what is no model of results.
  init(
    of models: [FinishedModel], sketches: [StateSketch?], evaluation: JSONValue? = nil,
    found: FoundWords = FoundWords(.null), warnings: [String] = []
  ) throws {
    self.models = try models.map { try FigureModel($0) }
    self.sketches = sketches
    self.evaluation = evaluation ?? .null
    self.found = found
    self.warnings = warnings
  }

  /// - Throws: `JSONError` for readings that are none.
  func json() throws -> JSONValue {
    let stops = Stop.all(of: models)
    var object: JSONObject = [
      "schema": .string(Self.schema), "version": .integer(Int64(Self.version)),
      "tool": ["name": "latentlens", "version": .string(LatentLensVersion.number)],
      "models": .array(try models.map { try json(of: $0) }),
      "stops": .array(stops.map(\.json)),
      "agreement": .array(try agreement(at: stops)), "states": .array(states),
      "evaluation": evaluation,
    ]
    if !found.isEmpty { object["found"] = found.json }
    if !warnings.isEmpty { object["warnings"] = .array(warnings.map(JSONValue.string)) }
    return .object(object)
  }

  private func json(of model: FigureModel) throws -> JSONValue {
    [
      "name": .string(model.name), "blocks": .integer(Int64(model.blockCount)),
      "layers": .array(model.layers.map(\.layerJSON)),
      "lenses": .array(model.lenses.map(JSONValue.string)),
      "contextual_layers": .array(model.contextualLayers.map { .integer(Int64($0)) }),
      "bands": model.bands, "curves": try Curves(model).json(),
    ]
  }

  /// How alike the states of any two models are, a model and itself among them.
  private var states: [JSONValue] {
    models.indices.flatMap { one in
      (one..<models.count).compactMap { other in
        guard let left = sketches[one], let right = sketches[other],
          var object = Alignment(left, right).json(models[one].layers, models[other].layers)
        else { return nil }
        object["models"] = [.integer(Int64(one)), .integer(Int64(other))]
        return .object(object)
      }
    }
  }

  private func agreement(at stops: [Stop]) throws -> [JSONValue] {
    guard models.count > 1, models.allSatisfy({ !$0.images.isEmpty }) else { return [] }
    return try Agreement(of: models, at: stops).json
  }
}

extension Stop {
  fileprivate var json: JSONValue {
    [
      "depth": depth.map { .figure($0) } ?? .null,
      "layers": .array(layers.map { $0?.layerJSON ?? .null }),
    ]
  }
}
