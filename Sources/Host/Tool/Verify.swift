import ArgumentParser
import LatentLensModels
import LatentLensSession

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Proves a model: geometry, self-checks, and parity with captured tensors.",
    discussion: """
      Example: latentlens verify --model models/demo/model.json --golden models/demo/golden
      """)

  @Option(help: Help.model)
  var model: String

  @Option(help: "A folder of tensors captured from the reference implementation.")
  var golden: String?

  @OptionGroup var common: CommonOptions

  func run() throws {
    let verification = try Verification(common.referenceLoader.load(model), golden: golden)
    try common.console.write(verification.text)
    if !verification.passed { throw ExitCode.failure }
  }
}
