import ArgumentParser
import LatentLensModels
import LatentLensReading

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Validates manifests and the checkpoints behind them, without loading weights.",
    discussion: """
      Example: latentlens check models/demo
      """)

  @Argument(help: "Manifests or checkpoint folders.")
  var sources: [String]

  @OptionGroup var pictures: PictureOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    var failures = 0
    for source in sources {
      let found: (text: String, isSound: Bool)
      do {
        found = try check(source)
      } catch {
        Console.complain(error)
        failures += 1
        continue
      }
      try common.console.write(found.text)
      if !found.isSound { failures += 1 }
    }
    if failures > 0 { throw ExitCode.failure }
  }

  private func check(_ source: String) throws -> (text: String, isSound: Bool) {
    guard try Request.isManifest(source) else {
      let check = try ManifestCheck(source, loader: common.loader)
      return (check.text, check.isSound)
    }
    var request = try Request(contentsOf: source)
    request.isStrict = pictures.strict
    let check = try RequestCheck(source, request, loader: common.loader)
    return (check.text, check.isSound)
  }
}
