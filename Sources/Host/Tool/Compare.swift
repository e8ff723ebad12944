import ArgumentParser
import LatentLensReading

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lays several finished runs side by side in one report.",
    discussion: """
      Example: latentlens compare out/clip out/siglip --out out/both

      Runs may lie anywhere; their pictures are found by what they are, in the runs' own reports, in their \
      folders, or among those that --image names.
      """)

  @Argument(help: "The folders of finished runs.")
  var runs: [String]

  @Option(
    parsing: .upToNextOption,
    help: "Controls of the runs to show as models of their own: untrained, noise.")
  var control: [Control] = []

  @Option(help: "The folder for results.json, comparison.json and report.html.")
  var out: String

  @Option(
    parsing: .upToNextOption,
    help:
      "Pictures, folders or globs, for runs whose reports are gone; else these hold the pictures.")
  var image: [String] = []

  @OptionGroup var output: OutputOptions
  @OptionGroup var parts: PartOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if runs.count < 2 { throw ValidationError("give at least two runs to compare") }
  }

  func run() throws {
    let comparison = try Comparison(
      of: runs, showing: control, pictures: image.flatMap(ImageFiles.find))
    let report = try comparison.write(
      to: out, policy: output.policy, partLimit: parts.limit)
    for warning in comparison.warnings { Console.complain("compare: \(warning)") }
    let shared = [(comparison.imageCount, "pictures"), (comparison.textCount, "texts")]
    let read = shared.filter { $0.0 > 0 }.map { "\($0) \($1)" }.joined(separator: " and ")
    try common.console.note(
      "\(comparison.models.joined(separator: ", ")) over \(read)\nreport: \(report)")
  }
}
