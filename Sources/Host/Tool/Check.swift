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

  @OptionGroup var common: CommonOptions

  func run() throws {
    var failures = 0
    for source in sources {
      do {
        let report = try check(source)
        common.console.write(report.text)
        if !report.isSound { failures += 1 }
      } catch {
        Console.complain(error)
        failures += 1
      }
    }
    if failures > 0 { throw ExitCode.failure }
  }

  private func check(_ source: String) throws -> ManifestCheck {
    guard try Request.isManifest(source) else {
      return try ManifestCheck(source, loader: common.loader)
    }
    let request = try Request(contentsOf: source)
    return ManifestCheck(
      "\(source): a run of \(request.models.count) models over \(request.images.count) images",
      of: try request.models.map { try ManifestCheck($0, loader: common.loader) })
  }
}
