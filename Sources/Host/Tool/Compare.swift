import ArgumentParser
import LatentLensReading

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lays several finished runs side by side in one report.",
    discussion: """
      Example: latentlens compare out/clip out/siglip --out out/both
      """)

  @Argument(help: "The folders of finished runs.")
  var runs: [String]

  @Option(help: "The folder for results.json and report.html.")
  var out: String

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if runs.count < 2 { throw ValidationError("give at least two runs to compare") }
  }

  func run() throws {
    let comparison = try Comparison(of: runs)
    let report = try comparison.write(to: out)
    let shared = [(comparison.imageCount, "pictures"), (comparison.textCount, "texts")]
    let read = shared.filter { $0.0 > 0 }.map { "\($0) \($1)" }.joined(separator: " and ")
    common.console.note(
      "\(comparison.models.joined(separator: ", ")) over \(read)\nreport: \(report)")
  }
}
