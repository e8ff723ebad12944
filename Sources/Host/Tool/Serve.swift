import ArgumentParser
import LatentLensReading
import LatentLensServing

struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the report of a finished run in parts to a browser on this machine.",
    discussion: """
      Example: latentlens serve out/large

      Tells the address to open, and serves until control-C. Whoever knows the address may read the run; nobody on \
      another machine can.
      """)

  @Argument(help: "The folder of a finished run.")
  var folder: String

  @Option(help: "The port to serve at (default: any that is free).")
  var port: UInt16 = 0

  @OptionGroup var common: CommonOptions

  func run() throws {
    let interruption = Interruption(isTold: false)
    let site = try RunSite(of: FinishedRun(in: folder), port: port)
    try common.console.write(site.address)
    interruption.wait()
  }
}
