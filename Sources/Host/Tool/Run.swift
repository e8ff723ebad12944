import ArgumentParser
import LatentLensModelHost

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Does everything that a run manifest asks for.",
    discussion: """
      Example: latentlens run models/demo/run.json --out out/demo
      """)

  @Argument(help: "The run manifest.")
  var manifest: String

  @Option(help: "The folder for results.json and report.html (default: the manifest's).")
  var out: String?

  @Flag(help: "Tell rows, bytes, memory and time, and stop before anything is loaded.")
  var plan = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let job = try RunJob(
      RunManifest(contentsOf: manifest), output: out, loader: common.loader)
    if plan {
      common.console.write(try job.plan().description)
      return
    }
    let progress = common.console.progress("run")
    let outcome = try job.run { step in
      progress.update(step.done, of: step.total, unit: step.unit)
    }
    progress.finish()
    common.console.note(outcome.summary)
    common.console.note("report: \(outcome.report)")
  }
}
