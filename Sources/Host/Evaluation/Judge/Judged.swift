internal import LatentLensFormats
internal import LatentLensNetwork
internal import LatentLensReading

/// What a judge has said of a run's readings.
package struct Judged: Sendable {
  let judge: Judge
  let models: [JudgedModel]
  /// Tokens that were read and written for all of it.
  let promptTokens: Int
  let answerTokens: Int

  init(_ questions: JudgeQuestions, _ answers: [String: ChatAnswer], by judge: Judge) {
    self.judge = judge
    promptTokens = answers.values.reduce(0) { $0 + ($1.promptTokens ?? 0) }
    answerTokens = answers.values.reduce(0) { $0 + ($1.answerTokens ?? 0) }
    let judged = questions.models.indices.map { number in
      JudgedSeries.all(ofModel: number, questions, answers)
    }
    models = questions.models.enumerated().compactMap { number, model in
      guard model.control == nil else { return nil }
      let controls = questions.models.enumerated().compactMap { number, other in
        other.control.flatMap { $0.of == model.name ? ($0.kind, judged[number]) : nil }
      }
      return JudgedModel(model, judged[number], controls: controls)
    }
  }
}

/// What was said of one lens at one layer.
struct JudgedSeries: Sendable {
  let lens: String
  let layer: JSONValue
  let patches: [Patch]
  let grades: Grades<Estimate>
  /// The same places with words that were read on other pictures.
  let others: Grades<Estimate>?

  struct Patch: Sendable {
    let patch: JudgedPatch
    let judgement: Judgement
    let digest: String
  }

  /// Those of a model in which something was judged.
  fileprivate static func all(
    ofModel number: Int, _ questions: JudgeQuestions, _ answers: [String: ChatAnswer]
  ) -> [JudgedSeries] {
    let pictureCount = questions.models[number].pictures.count
    let bootstrap = Bootstrap(pictureCount: pictureCount)
    func judged(_ patches: [JudgedPatch]) -> [Patch] {
      patches.map { patch in
        let digest = questions.digest(model: number, patch)
        return Patch(
          patch: patch, judgement: Judgement(answers[digest]?.text ?? "", of: patch.words),
          digest: digest)
      }
    }
    func grades(_ patches: [Patch]) -> Grades<Estimate>? {
      bootstrap.estimates(
        patches.map { ($0.patch.picture, $0.judgement) }, pictureCount: pictureCount)
    }
    return questions.series.filter { $0.model == number }.compactMap { series in
      let patches = judged(series.patches)
      guard let own = grades(patches) else { return nil }
      return JudgedSeries(
        lens: series.lens, layer: series.layer, patches: patches, grades: own,
        others: grades(judged(series.others)))
    }
  }

  var unreadableCount: Int { patches.count { !$0.judgement.isReadable } }
}

/// What was said of one model.
struct JudgedModel: Sendable {
  let name: String
  let lenses: [(name: String, title: String)]
  let layers: [JSONValue]
  /// Lens by lens, layer by layer.
  let rows: [Row]

  struct Row: Sendable {
    let series: JudgedSeries
    let controls: [Control: Grades<Estimate>]
  }

  fileprivate init(
    _ model: ReadModel, _ judged: [JudgedSeries], controls: [(Control, [JudgedSeries])]
  ) {
    name = model.name
    lenses = model.lenses
    layers = model.layers
    rows = judged.map { series in
      var beside: [Control: Grades<Estimate>] = [:]
      for (kind, control) in controls {
        beside[kind] = control.first { $0.lens == series.lens && $0.layer == series.layer }?.grades
      }
      return Row(series: series, controls: beside)
    }
  }

  func row(lens: String, layer: JSONValue) -> Row? {
    rows.first { $0.series.lens == lens && $0.series.layer == layer }
  }

  /// The share of interpretable patches, the mean over layers; nil for a lens of which nothing was judged.
  func mean(ofLens lens: String) -> Double? {
    let shares = rows.filter { $0.series.lens == lens }.map(\.series.grades.interpretable.value)
    return shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
  }
}
