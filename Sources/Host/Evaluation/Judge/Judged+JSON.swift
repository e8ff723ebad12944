internal import LatentLensFormats
internal import LatentLensNetwork
internal import LatentLensReading

extension Judged {
  /// The member `judge` of `evaluation.json`.
  var json: JSONValue {
    [
      "endpoint": .string(judge.endpoint.base), "model": .string(judge.endpoint.model),
      "options": .object(judge.options), "prompt": .string(JudgePrompt.name),
      "patches": .whole(judge.patchCount), "seed": .whole(Int(PatchSample.seed)),
      "prompt_tokens": .whole(promptTokens), "answer_tokens": .whole(answerTokens),
      "models": .array(models.map(\.json)),
    ]
  }
}

extension JudgedModel {
  fileprivate var json: JSONValue {
    [
      "name": .string(name),
      "means": .object(
        JSONObject(
          lenses.compactMap { lens in mean(ofLens: lens.name).map { (lens.name, .share($0)) } })),
      "scores": .array(rows.map(\.json)),
    ]
  }
}

extension JudgedModel.Row {
  fileprivate var json: JSONValue {
    var object = JSONObject([("lens", .string(series.lens)), ("layer", series.layer)])
    for (name, estimate) in series.grades.named { object[name] = estimate.json }
    object["unreadable"] = .whole(series.unreadableCount)
    object["controls"] = .object(
      JSONObject(
        [("others", Self.json(series.others))]
          + Control.allCases.map { ($0.rawValue, Self.json(controls[$0])) }))
    object["patches"] = .array(series.patches.map(\.json))
    return .object(object)
  }

  private static func json(_ grades: Grades<Estimate>?) -> JSONValue {
    grades.map { .object(JSONObject($0.named.map { ($0.name, $0.value.json) })) } ?? .null
  }
}

extension JudgedSeries.Patch {
  fileprivate var json: JSONValue {
    var object = JSONObject([
      ("image", .whole(patch.picture)), ("token", .whole(patch.region.center)),
      ("words", .array(patch.words.map(JSONValue.string))),
    ])
    for grade in Judgement.Grade.allCases {
      object[grade.rawValue] =
        judgement.isReadable
        ? .array((judgement.words[grade] ?? []).map(JSONValue.string)) : .null
    }
    object["request"] = .string(digest)
    return .object(object)
  }
}
