package import LatentLensFormats
package import LatentLensReport

/// The figures of runs in files of their own.
package enum PlotOutput {
  /// Writes each figure in some formats.
  ///
  /// - Parameter figures: as `comparison.json` has them.
  /// - Returns: the names of the figures.
  /// - Throws: `JSONError` for what are no figures, `HostError` for a format that this machine cannot write,
  ///   `FileError` where nothing can be written.
  package static func write(
    _ figures: JSONNode, as formats: [Plots.Format], to path: String
  ) throws -> [String] {
    let plots = try Plots(of: figures).plots
    let folder = try OutputFolder(path)
    do {
      for plot in plots {
        for format in formats {
          let file = try AtomicFile(path: "\(folder.path)/\(plot.name).\(format.rawValue)")
          try file.write(plot.file(format))
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
