import ArgumentParser
import LatentLensFormats
import LatentLensModels

struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the adapters that are compiled in, and the manifests found.",
    discussion: """
      Example: latentlens models
      """)

  @Flag(help: "As JSON.")
  var json = false

  @Option(help: "The folder to look for manifests in.")
  var folder = "models"

  @OptionGroup var common: CommonOptions

  func run() throws {
    let list = ModelList(registry: CommandLineTool.registry, manifestsIn: folder)
    if json {
      try common.console.write(list.json, indented: true)
    } else {
      try common.console.write(list.table)
    }
  }
}
