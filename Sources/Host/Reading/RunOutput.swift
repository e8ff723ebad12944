internal import LatentLensFormats
internal import LatentLensReport

/// The two files of a run, which come into being together: `results.json`, and `report.html` over it.
struct RunOutput {
  private let folder: OutputFolder

  /// Makes the folder, unless it is there.
  ///
  /// - Throws: `FileError` where the files could not be written.
  init(to path: String) throws(FileError) {
    folder = try OutputFolder(path)
    for name in [Self.results, Self.report] where PathKind(of: "\(path)/\(name)") == .folder {
      folder.discard()
      throw FileError(
        path: "\(path)/\(name)", reason: "is a folder, where a file is to be written; remove it")
    }
  }

  private static let results = "results.json"
  private static let report = "report.html"

  var path: String { folder.path }
  var reportPath: String { "\(folder.path)/\(Self.report)" }

  /// Does some work, and takes the folder away again if it fails and has left nothing whole in it.
  func whileWritten<Result>(_ work: () throws -> Result) rethrows -> Result {
    do {
      return try work()
    } catch {
      folder.discard()
      throw error
    }
  }

  /// Writes both files under other names, and gives them their own when both are whole.
  ///
  /// - Parameters:
  ///   - pictures: the paths of the pictures that the results speak of.
  ///   - writeResults: writes `results.json`, in pieces.
  func write(
    title: String, pictures: Set<String>,
    writeResults: @escaping ((String) throws -> Void) throws -> Void
  ) throws {
    let results = try AtomicFile(path: "\(folder.path)/\(Self.results)")
    try writeResults { try results.write($0) }
    let report = try AtomicFile(path: reportPath)
    try Report(title: title, pictures: pictures, writeResults: writeResults).write(to: report)
    try report.commit()
    try results.commit()
  }
}
