internal import Foundation
package import LatentLensFormats
package import LatentLensReport

/// The figures of runs in files of their own.
package enum PlotOutput {
  /// Writes each figure in some formats, in place of figures of the same names; all or none.
  ///
  /// - Parameter figures: as `comparison.json` has them.
  /// - Returns: the names of the figures.
  /// - Throws: `JSONError` for what are no figures, `HostError` for a format that this machine cannot write,
  ///   `FileError` where nothing can be written, or where somebody else's file stands.
  package static func write(
    _ figures: JSONNode, as formats: [Plots.Format], to path: String
  ) throws -> [String] {
    let plots = try Plots(of: figures).plots
    let folder = try OutputFolder(path)
    do {
      // What cannot be made is known before anything has its name.
      let files = try plots.flatMap { plot in
        try formats.map { format in
          let file = "\(folder.path)/\(plot.name).\(format.rawValue)"
          try OutputPolicy().admit(.file, at: file) { maker(ofFile: file, format) }
          return (path: file, content: try plot.file(format))
        }
      }
      for (path, content) in files {
        let file = try AtomicFile(path: path)
        try file.write(content)
        try file.commit()
      }
    } catch {
      folder.discard()
      throw error
    }
    return plots.map(\.name)
  }

  private static func maker(ofFile path: String, _ format: Plots.Format) -> OutputPolicy.Maker {
    let handle = FileHandle(forReadingAtPath: path)
    guard let start = try? handle?.read(upToCount: 1024), format.isOurs([UInt8](start)) else {
      return .somebodyElse
    }
    return .thisWork
  }
}
