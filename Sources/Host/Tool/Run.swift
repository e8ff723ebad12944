import ArgumentParser
import LatentLensReading

struct Run: SharedCommand {
  static let configuration = CommandConfiguration(
    abstract: "Does everything that a run manifest asks for.",
    discussion: """
      Example: latentlens run models/demo/run.json --out out/demo
      """)

  @Argument(help: "The run manifest.")
  var manifest: String

  @Option(help: "The folder for results.json and report.html (default: the manifest's).")
  var out: String?

  @Flag(help: Help.attention)
  var attention = false

  @Flag(help: Help.plan)
  var plan = false

  @OptionGroup var pictures: PictureOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var parts: PartOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    var request = try Request(contentsOf: manifest)
    request.isStrict = pictures.strict
    if let out { request.output = out }
    if attention { request.attention = true }
    try common.carryOut(
      request, as: "run", planOnly: plan, policy: output.policy,
      partLimit: parts.limit)
  }
}
