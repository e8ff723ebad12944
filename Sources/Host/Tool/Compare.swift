import ArgumentParser
import LatentLensReading

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lays several finished runs side by side in one report.",
    discussion: """
      Example: latentlens compare out/clip out/siglip --out out/both

      Runs may lie anywhere; their pictures are found by what they are, at the paths where the runs saw \
      them or in the runs' own reports.
      """)

  @Argument(help: "The folders of finished runs.")
  var runs: [String]

  @Option(
    parsing: .upToNextOption,
    help: "Controls of the runs to show as models of their own: untrained, noise.")
  var control: [Control] = []

  @Option(help: "The folder for results.json, comparison.json and report.html.")
  var out: String

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if runs.count < 2 { throw ValidationError("give at least two runs to compare") }
  }

  func run() throws {
    let comparison = try Comparison(of: runs, showing: control)
    let report = try comparison.write(to: out)
    let shared = [(comparison.imageCount, "pictures"), (comparison.textCount, "texts")]
    let read = shared.filter { $0.0 > 0 }.map { "\($0) \($1)" }.joined(separator: " and ")
    common.console.note(
      "\(comparison.models.joined(separator: ", ")) over \(read)\nreport: \(report)")
  }
}
