package import LatentLensFormats
package import LatentLensReading

/// How readings are held against the truth.
package struct EvaluationOptions: Sendable {
  /// A folder of truth, which goes before what stands beside the pictures.
  package var truthFolder: String?
  /// The share of a visual token that one thing has to cover, in (0, 1].
  package var threshold = 0.5
  /// Whether an occurrence in the corpus counts once, however many layers of it are near.
  package var isDistinct = false
  /// Whether grounds, such as sky, are scored as things are.
  package var countsGround = false

  package init() {}
}

/// How often the lenses of a finished run name what the patches show, beside controls that show nothing of
/// the picture.
package struct Evaluation: Sendable {
  let options: EvaluationOptions
  /// The SHA-256 of the `results.json` that was scored.
  let resultsDigest: String
  /// What the truth says; those of which none is known have no scores.
  let models: [ModelScores]
  /// What a judge has said; nil where none was asked.
  let judged: Judged?
  private let run: FinishedRun

  /// - Parameter judged: what a judge has said of the run; there need be no truth then.
  /// - Throws: `JSONError` for results or a truth that cannot be read, `HostError` for a run in which nothing
  ///   can be scored.
  package init(
    of run: FinishedRun, _ options: EvaluationOptions = EvaluationOptions(), judged: Judged? = nil
  ) throws {
    self.run = run
    self.judged = judged
    self.options = options
    resultsDigest = try SHA256.digest(ofFile: run.path)
    let files = try TruthFiles(in: options.truthFolder)
    let models = try run.models.map { try ReadModel($0) }
    try Self.checkControls(models)
    let scorings = try models.map { try ModelScoring($0, files, options) }
    if judged == nil { try Self.checkSomethingIsScored(scorings, files, run, options) }
    self.models = scorings.filter { $0.model.control == nil }.map { scoring in
      ModelScores(
        scoring, controls: scorings.filter { $0.model.control?.of == scoring.model.name })
    }
  }

  /// Whether the truth of anything is known.
  var isScored: Bool { models.contains { $0.tokenCount > 0 } }

  /// The document of `evaluation.json`.
  package var json: JSONValue { json(judge: judged?.json) }

  /// Writes `evaluation.json`, and the report with the evaluation in it. What a judge has said of the same
  /// results before stays, where none was asked now.
  ///
  /// - Parameters:
  ///   - folder: where to; nil for the run's own.
  ///   - pictures: files of pictures that the run's own report does not hold.
  /// - Returns: the path of the report.
  @discardableResult
  package func write(to folder: String? = nil, pictures: [String] = []) throws -> String {
    let folder = folder ?? run.folder
    let judge = try judged?.json ?? run.evaluation(in: folder)?["judge"]?.value
    return try run.write(evaluation: json(judge: judge), to: folder, pictures: pictures)
  }

  private static func checkControls(_ models: [ReadModel]) throws {
    var known: [String: Set<Control>] = [:]
    for model in models where model.control == nil { known[model.name] = [] }
    for control in models.compactMap(\.control) {
      guard known[control.of] != nil else {
        throw control.node.error("controls \(control.of), which is no model of this run")
      }
      guard known[control.of]?.insert(control.kind).inserted == true else {
        throw control.node.error("is a second control of this kind of \(control.of)")
      }
    }
  }

  private static func checkSomethingIsScored(
    _ scorings: [ModelScoring], _ files: TruthFiles, _ run: FinishedRun,
    _ options: EvaluationOptions
  ) throws(HostError) {
    let pictures = scorings.flatMap(\.model.pictures)
    guard let picture = pictures.first else {
      throw HostError("\(run.path): holds no picture that could be scored")
    }
    guard scorings.reduce(0, { $0 + $1.untoldCount }) < pictures.count else {
      let places = files.candidates(for: picture.path).joined(separator: " or ")
      throw HostError(
        "\(run.path): no picture has a truth; for \(picture.name) it would be \(places), as "
          + "docs/evaluation.md tells")
    }
    guard scorings.contains(where: { $0.tokenCount > 0 }) else {
      throw HostError(
        "\(run.path): no visual token is covered to \(options.threshold) by a thing; lower "
          + "--threshold, or score grounds as well by --ground")
    }
  }
}

/// How often the lenses of one model are right.
struct ModelScores: Sendable {
  let name: String
  /// How many pictures have a token that is scored.
  let pictureCount: Int
  let untoldCount: Int
  /// How many visual tokens are scored.
  let tokenCount: Int
  let lenses: [(name: String, title: String)]
  let layers: [JSONValue]
  /// Lens by lens, layer by layer.
  let rows: [Row]

  /// A score beside those of the models that control it.
  struct Row: Sendable {
    let score: LensScore
    let controls: [Control: Figures<Estimate>]
  }

  init(_ scoring: ModelScoring, controls: [ModelScoring]) {
    let model = scoring.model
    name = model.name
    pictureCount = scoring.pictures.count
    untoldCount = scoring.untoldCount
    tokenCount = scoring.tokenCount
    lenses = model.lenses
    layers = model.layers
    rows = scoring.scores.map { score in
      var figures: [Control: Figures<Estimate>] = [:]
      for control in controls {
        guard let kind = control.model.control?.kind else { continue }
        figures[kind] = control.score(lens: score.lens, layer: score.layer)?.figures
      }
      return Row(score: score, controls: figures)
    }
  }

  func row(lens: String, layer: JSONValue) -> Row? {
    rows.first { $0.score.lens == lens && $0.score.layer == layer }
  }

  /// The kinds of control that the run has of this model.
  var controlKinds: Set<Control> { rows.reduce(into: []) { $0.formUnion($1.controls.keys) } }
}
