import ArgumentParser
import LatentLensEvaluation
import LatentLensReading

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tells how often the lenses of finished runs name what the patches show.",
    discussion: """
      Example: latentlens evaluate out/real --distinct

      What the patches show stands in STEM.truth.json beside each picture, as docs/evaluation.md \
      tells. Where nobody knows, a model behind an endpoint can judge:

      Example: LATENTLENS_JUDGE_KEY=... latentlens evaluate out/photo --judge --judge-model gpt-5 \
      --judge-url https://api.openai.com/v1
      """)

  @Argument(help: "The folders of finished runs.")
  var runs: [String]

  @Option(
    help: "A folder of truth, as STEM.truth.json or STEM.json (default: beside the pictures).")
  var truth: String?

  @Option(help: "The share of a visual token that one thing has to cover for it to be scored.")
  var threshold = EvaluationOptions().threshold

  @Flag(help: "Count neighbours that are the same token of the same sentence once.")
  var distinct = false

  @Flag(help: "Score grounds, such as sky, as things are.")
  var ground = false

  @Option(help: "The folder for evaluation.json and report.html (default: the run's own).")
  var out: String?

  @Option(
    parsing: .upToNextOption,
    help:
      "Pictures, folders or globs, for runs whose reports are gone; else these hold the pictures.")
  var image: [String] = []

  @OptionGroup(title: "Judge") var judging: JudgeOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard threshold > 0, threshold <= 1 else {
      throw ValidationError("--threshold has to be above 0 and at most 1")
    }
    if out != nil, runs.count > 1 {
      throw ValidationError("--out takes the evaluation of one run; give one, or leave --out away")
    }
  }

  func run() throws {
    var options = EvaluationOptions()
    options.truthFolder = truth
    options.threshold = threshold
    options.isDistinct = distinct
    options.countsGround = ground
    let judge = try judging.chosen()
    for folder in runs {
      let run = try FinishedRun(in: folder)
      var judged: Judged?
      if let judge {
        judged = try judging.judged(run, by: judge, options, common.console)
        if judged == nil { continue }
      }
      let evaluation = try Evaluation(of: run, options, judged: judged)
      let report = try evaluation.write(to: out, pictures: image.flatMap(ImageFiles.find))
      try common.console.note("\(evaluation.table)\n\nreport: \(report)\n")
    }
  }
}
