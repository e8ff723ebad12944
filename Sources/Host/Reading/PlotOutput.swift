package import LatentLensFormats
internal import LatentLensReport

/// The figures of runs in files of their own.
package enum PlotOutput {
  /// Writes each figure as SVG, and its numbers as CSV.
  ///
  /// - Parameter figures: as `comparison.json` has them.
  /// - Returns: the names of the figures.
  /// - Throws: `JSONError` for what are no figures, `FileError` where nothing can be written.
  package static func write(_ figures: JSONNode, to path: String) throws -> [String] {
    let plots = try Plots(of: figures).plots
    let folder = try OutputFolder(path)
    do {
      for plot in plots {
        for (ending, text) in [("svg", plot.svg), ("csv", plot.csv)] {
          let file = try AtomicFile(path: "\(folder.path)/\(plot.name).\(ending)")
          try file.write(text)
          try file.commit()
        }
      }
    } catch {
      folder.discard()
      throw error
    }
    return plots.map(\.name)
  }
}
