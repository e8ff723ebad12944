import Foundation
import LatentLensEvaluation
import LatentLensFormats
import LatentLensReading
import LatentLensTestSupport

/// Small results and truth, made by hand: pictures of 4 by 4 pixels with two visual tokens, the left and the
/// right half.
final class EvaluationBench {
  let folder: TemporaryFolder
  /// The words of the entries.
  var words = ["cat", "dog"]
  /// The sentence and the position of each entry; by default each has its own.
  var occurrences: [[Int]]?
  /// One per picture.
  var truths: [JSONValue] = []
  var polygons: [JSONValue] = [[0, 0, 2, 0, 2, 4, 0, 4], [2, 0, 4, 0, 4, 4, 2, 4]]

  init() throws {
    folder = try TemporaryFolder()
    truths = [truth(["cat"], ["dog"])]
  }

  /// The truth of a picture whose halves show something.
  func truth(_ left: [String], _ right: [String]) -> JSONValue {
    truth([
      (left, "thing", [0, 2, 4, 2, 8, 2, 12, 2]), (right, "thing", [2, 2, 6, 2, 10, 2, 14, 2]),
    ])
  }

  /// The truth of a picture without its name, which `write` gives it.
  func truth(_ things: [(words: [String], kind: String, runs: [Int])]) -> JSONValue {
    [
      "width": 4, "height": 4,
      "things": .array(
        things.map { thing in
          [
            "words": .array(thing.words.map(JSONValue.string)), "kind": .string(thing.kind),
            "runs": numbers(thing.runs),
          ]
        }),
    ]
  }

  /// A model that has read some entries from each token of each picture, by one lens at one layer.
  func model(
    _ name: String, _ pictures: [[[Int]]], control: JSONValue? = nil, polygons: [JSONValue]? = nil
  ) throws -> JSONValue {
    let occurrences = occurrences ?? words.indices.map { [$0, 0] }
    var model = JSONObject([
      ("name", .string(name)),
      ("lenses", [["name": "latent", "title": "LatentLens", "score": "similarity"]]),
      ("layers", [0]),
      (
        "entries",
        [
          "word": .array(words.map(JSONValue.string)),
          "contextual_layer": numbers(words.map { _ in 3 }),
          "sentence": numbers(occurrences.map { $0[0] }),
          "position": numbers(occurrences.map { $0[1] }),
        ]
      ),
      (
        "images",
        .array(
          pictures.enumerated().map { number, tokens in
            [
              "name": .string("\(number).png"), "path": .string("\(folder.path)/\(number).png"),
              "width": 4, "height": 4,
              "tokens": ["polygon": .array(polygons ?? self.polygons)],
              "readings": [
                ["lens": "latent", "layer": 0, "entry": .array(tokens.map(numbers))]
              ],
            ]
          })
      ),
    ])
    model["control"] = control
    return .object(model)
  }

  func write(pictures: [[[Int]]]) throws { try write(models: [model("m", pictures)]) }

  /// Writes results, and the truth of their pictures beside these.
  func write(models: [JSONValue]) throws {
    let results: JSONValue = [
      "schema": "latentlens.results", "version": .integer(Int64(Results.version)),
      "run": ["name": "made by hand"], "models": .array(models),
    ]
    _ = try folder.write(results.text(), to: "results.json")
    for (number, truth) in truths.enumerated() {
      guard case .object(var object) = truth else { continue }
      object["image"] = .string("\(number).png")
      _ = try folder.write(JSONValue.object(object).text(), to: "\(number).truth.json")
    }
  }

  @discardableResult
  func evaluate(_ options: EvaluationOptions = EvaluationOptions()) throws -> JSONNode {
    let evaluation = try Evaluation(of: FinishedRun(in: folder.path), options)
    return JSONNode(evaluation.json, file: "evaluation")
  }

  /// The first score of the first model.
  func score(_ options: EvaluationOptions = EvaluationOptions()) throws -> JSONNode {
    try evaluate(options).required("models").elements()[0].required("scores").elements()[0]
  }

  func tokens(_ options: EvaluationOptions) throws -> Int {
    try evaluate(options).required("models").elements()[0].required("tokens").integer()
  }

  private func numbers(_ numbers: [Int]) -> JSONValue {
    .array(numbers.map { .integer(Int64($0)) })
  }
}

extension JSONNode {
  /// The value of a figure, or of one of its members.
  func value(_ figure: String? = nil) throws -> Double {
    try (figure.map { try required($0) } ?? self).required("value").number()
  }
}

extension JSONValue {
  /// The places where two documents differ by more than rounding.
  func differences(from other: JSONValue, at place: String = "") -> [String] {
    switch (self, other) {
    case (.object(let one), .object(let two)):
      guard Set(one.keys) == Set(two.keys) else { return ["\(place): \(one.keys) \(two.keys)"] }
      return one.members.flatMap { key, value in
        value.differences(from: two[key] ?? .null, at: "\(place).\(key)")
      }
    case (.array(let one), .array(let two)):
      guard one.count == two.count else { return ["\(place): \(one.count) \(two.count)"] }
      return zip(one, two).enumerated().flatMap { index, pair in
        pair.0.differences(from: pair.1, at: "\(place)[\(index)]")
      }
    default:
      let isNear = numeric.flatMap { one in other.numeric.map { abs(one - $0) < 2e-6 } }
      return isNear ?? (self == other) ? [] : ["\(place): \(text()) \(other.text())"]
    }
  }

  private var numeric: Double? {
    switch self {
    case .integer(let integer): Double(integer)
    case .number(let number): number
    default: nil
    }
  }
}
