import ArgumentParser
import LatentLensReading

struct Plot: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the figures of finished runs as SVG, and their numbers as CSV.",
    discussion: """
      Example: latentlens plot out/clip out/siglip --out out/figures

      Several runs are drawn in the same axes, as `compare` does. The report saves PNG as well.
      """)

  @Argument(help: "The folders of finished runs.")
  var runs: [String]

  @Option(
    parsing: .upToNextOption,
    help: "Controls of several runs to draw as models of their own: untrained, noise.")
  var control: [Control] = []

  @Option(help: "The folder for the files.")
  var out: String

  @OptionGroup var common: CommonOptions

  func run() throws {
    let figures =
      runs.count == 1
      ? try FinishedRun(in: runs[0]).figures()
      : try Comparison(of: runs, showing: control).numbers()
    let names = try PlotOutput.write(figures, to: out)
    try common.console.note(
      "\(names.joined(separator: ", "))\n\(names.count) figures, as svg and csv: \(out)")
  }
}
