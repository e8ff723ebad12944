import ArgumentParser
import Foundation
import LatentLensEvaluation
import LatentLensFormats
import LatentLensNetwork
import LatentLensReading

/// Who judges readings whose truth nobody knows. No other command opens the network, and this one does for nothing
/// else.
struct JudgeOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Have a model behind an OpenAI-compatible endpoint say which words fit.",
      discussion: """
        The only thing in this program that opens the network: it sends pieces of the pictures and the words \
        that were read. A key, where one is needed, is taken from LATENTLENS_JUDGE_KEY.
        """))
  var judge = false

  @Option(
    name: .customLong("judge-url"),
    help:
      "Where the endpoint is, such as https://api.openai.com/v1 (default: LATENTLENS_JUDGE_URL).")
  var url: String?

  @Option(
    name: .customLong("judge-model"),
    help: "The model that judges (default: LATENTLENS_JUDGE_MODEL).")
  var model: String?

  @Option(
    name: .customLong("judge-options"),
    help: "Further members of each request, as JSON: '{\"reasoning_effort\": \"low\"}'.")
  var options = "{}"

  @Option(help: "How many patches are judged of each lens at each layer.")
  var patches = 100

  @Option(
    help:
      "The folder that keeps answers, so that none is paid for twice (default: answers, in the run's)."
  )
  var answers: String?

  @Option(name: .customLong("at-once"), help: "How many requests are under way at the same time.")
  var atOnce = 4

  @Option(help: "The longest that a request may take, in seconds.")
  var timeout = 300

  @Flag(
    inversion: .prefixedNo,
    help:
      "Judge what shows nothing of the patch as well: other pictures' words, and the run's controls."
  )
  var controls = true

  @Flag(help: "Do not ask before requests are sent.")
  var yes = false

  @Flag(help: "Tell how many requests and tokens it takes, and stop; nothing is sent.")
  var plan = false

  private static let prefix = "LATENTLENS_JUDGE_"

  func validate() throws {
    guard judge else {
      if plan { throw ValidationError("--plan belongs to --judge") }
      return
    }
    for (value, name) in [(patches, "patches"), (atOnce, "at-once"), (timeout, "timeout")]
    where value < 1 {
      throw ValidationError("--\(name) has to be at least 1")
    }
    if atOnce > 64 { throw ValidationError("--at-once has to be at most 64") }
    if !yes, !plan, isatty(STDIN_FILENO) == 0 || isatty(STDERR_FILENO) == 0 {
      throw ValidationError("nobody is there to be asked; look at --plan, then give --yes")
    }
    do {
      _ = try Judge.options(options)
    } catch {
      throw ValidationError("\(error)")
    }
    for (value, name) in [(url, "URL"), (model, "MODEL")] where Self.given(value, name) == nil {
      throw ValidationError(
        "--judge needs --judge-\(name.lowercased()), or \(Self.prefix)\(name) in the environment")
    }
  }

  private static func given(_ option: String?, _ name: String) -> String? {
    let value = option ?? ProcessInfo.processInfo.environment[prefix + name]
    return value?.isEmpty == false ? value : nil
  }

  /// The judge that is asked for; nil where none is.
  func chosen() throws -> Judge? {
    guard judge, let url = Self.given(url, "URL"), let model = Self.given(model, "MODEL") else {
      return nil
    }
    var judge = Judge(
      try ChatEndpoint(
        base: url, model: model, key: Self.given(nil, "KEY"), timeout: timeout,
        agent: "latentlens/\(LatentLensVersion.number)"))
    judge.options = try Judge.options(options)
    judge.answers = answers
    judge.patchCount = patches
    judge.hasControls = controls
    judge.requestsAtOnce = atOnce
    return judge
  }

  /// Asks what has to be asked about a run, once somebody has agreed.
  ///
  /// - Returns: nil where only the plan was wanted.
  func judged(
    _ run: FinishedRun, by judge: Judge, _ options: EvaluationOptions, _ console: Console
  ) throws -> Judged? {
    let judging = try Judging(of: run, by: judge, options)
    let estimate = try judging.estimate()
    if plan {
      try console.write("\(run.folder): \(estimate)")
      return nil
    }
    if estimate.open > 0 {
      guard yes || console.agrees("\(run.folder): \(estimate). Send them?") else {
        throw HostError("\(run.folder): nothing was sent, as you wish")
      }
      if yes { try console.note("\(run.folder): \(estimate)") }
      let progress = console.progress("judge")
      let interruption = Interruption()
      defer { progress.finish() }
      try judging.ask(check: interruption.checking) { progress.update($0) }
    }
    return try judging.judged()
  }
}
