import ArgumentParser
import LatentLensReading
import LatentLensReport

struct Plot: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the figures of finished runs as SVG or PNG, and their numbers as CSV.",
    discussion: """
      Example: latentlens plot out/clip out/siglip --out out/figures

      Several runs are drawn in the same axes, as `compare` does.
      """)

  @Argument(help: "The folders of finished runs.")
  var runs: [String]

  @Option(
    parsing: .upToNextOption,
    help: "Controls of several runs to draw as models of their own: untrained, noise.")
  var control: [Control] = []

  @Option(parsing: .upToNextOption, help: "What to write of each figure: svg, png, csv.")
  var format: [Plots.Format] = [.svg, .csv]

  @Option(help: "The folder for the files.")
  var out: String

  @OptionGroup var common: CommonOptions

  func run() throws {
    let comparison = runs.count == 1 ? nil : try Comparison(of: runs, showing: control)
    for warning in comparison?.warnings ?? [] { Console.complain("plot: \(warning)") }
    let figures =
      try comparison?.numbers() ?? FinishedRun(in: runs[0]).figures()
    let names = try PlotOutput.write(figures, as: format, to: out)
    try common.console.note(
      "\(names.joined(separator: ", "))\n\(names.count) figures, as "
        + "\(format.map(\.rawValue).joined(separator: " and ")): \(out)")
  }
}

extension Plots.Format: ExpressibleByArgument {}
