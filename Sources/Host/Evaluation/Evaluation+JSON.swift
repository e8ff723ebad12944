internal import LatentLensFormats
internal import LatentLensReading

extension Evaluation {
  private static let schema = "latentlens.evaluation"
  /// 2: what a judge has said stands beside what the truth says.
  private static let version = 2

  /// The document of `evaluation.json`; `models/schema/evaluation.schema.json` describes it.
  ///
  /// - Parameter judge: what a judge has said; nil for nothing.
  func json(judge: JSONValue?) -> JSONValue {
    [
      "schema": .string(Self.schema), "version": .integer(Int64(Self.version)),
      "tool": ["name": "latentlens", "version": .string(LatentLensVersion.number)],
      "results_sha256": .string(resultsDigest),
      "rules": [
        "threshold": .number(options.threshold), "ground": .bool(options.countsGround),
        "distinct": .bool(options.isDistinct), "folding": .string(Folding.name),
        "seed": .integer(Int64(Bootstrap.seed)), "draws": .whole(Bootstrap.drawCount),
        "level": .number(Bootstrap.level),
      ],
      "models": .array(models.map(\.json)), "judge": judge ?? .null,
    ]
  }
}

extension ModelScores {
  fileprivate var json: JSONValue {
    [
      "name": .string(name), "pictures": .whole(pictureCount),
      "pictures_without_truth": .whole(untoldCount), "tokens": .whole(tokenCount),
      "scores": .array(rows.map(\.json)),
    ]
  }
}

extension ModelScores.Row {
  fileprivate var json: JSONValue {
    var object = JSONObject([("lens", .string(score.lens)), ("layer", score.layer)])
    object.add(score.figures)
    object["controls"] = .object(
      JSONObject(
        [("others", figures(score.others))]
          + Control.allCases.map { ($0.rawValue, figures(controls[$0])) }))
    object["fewer_than_five"] = .whole(score.shortCount)
    object["from"] =
      score.sources.isEmpty
      ? .null
      : .object(JSONObject(score.sources.map { (String($0.layer), .share($0.share)) }))
    return .object(object)
  }

  private func figures(_ figures: Figures<Estimate>?) -> JSONValue {
    guard let figures else { return .null }
    var object = JSONObject()
    object.add(figures)
    return .object(object)
  }
}

extension JSONObject {
  fileprivate mutating func add(_ figures: Figures<Estimate>) {
    self["top_1"] = figures.top1.json
    self["mean_5"] = figures.mean5.json
    self["any_5"] = figures.any5.json
  }
}

extension Estimate {
  var json: JSONValue {
    [
      "value": .share(value), "low": interval.map { .share($0.lowerBound) } ?? .null,
      "high": interval.map { .share($0.upperBound) } ?? .null,
    ]
  }
}

extension JSONValue {
  static func whole(_ number: Int) -> JSONValue { .integer(Int64(number)) }

  /// A share as it is stored.
  static func share(_ share: Double) -> JSONValue { .number((share * 1e6).rounded() / 1e6) }
}
