internal import Foundation
internal import LatentLensFormats
internal import LatentLensReport

/// The two files of a run, which come into being together: `results.json`, and `report.html` over it; and
/// `evaluation.json`, which may come later, with another report.
struct RunOutput {
  private let folder: OutputFolder

  /// Makes the folder, unless it is there.
  ///
  /// - Throws: `FileError` where the files could not be written.
  init(to path: String) throws(FileError) {
    folder = try OutputFolder(path)
    for name in [Self.results, Self.report, Self.evaluation]
    where PathKind(of: "\(path)/\(name)") == .folder {
      folder.discard()
      throw FileError(
        path: "\(path)/\(name)", reason: "is a folder, where a file is to be written; remove it")
    }
  }

  static let results = "results.json"
  private static let report = "report.html"
  static let evaluation = "evaluation.json"

  var path: String { folder.path }
  var reportPath: String { "\(folder.path)/\(Self.report)" }
  private var evaluationPath: String { "\(folder.path)/\(Self.evaluation)" }

  /// Does some work, and takes the folder away again if it fails and has left nothing whole in it.
  func whileWritten<Result>(_ work: () throws -> Result) rethrows -> Result {
    do {
      return try work()
    } catch {
      folder.discard()
      throw error
    }
  }

  /// Writes both files under other names, and gives them their own when both are whole. An evaluation of
  /// older results goes.
  ///
  /// - Parameters:
  ///   - pictures: the paths of the pictures that the results speak of.
  ///   - writeResults: writes `results.json`, in pieces.
  ///   - writeShown: writes what of it the report shows; nil for all.
  func write(
    title: String, pictures: Set<String>,
    writeResults: @escaping ((String) throws -> Void) throws -> Void,
    writeShown: (((String) throws -> Void) throws -> Void)? = nil
  ) throws {
    let results = try AtomicFile(path: "\(folder.path)/\(Self.results)")
    try writeResults { try results.write($0) }
    let report = try AtomicFile(path: reportPath)
    try Report(title: title, pictures: pictures, writeResults: writeShown ?? writeResults)
      .write(to: report)
    try removeEvaluation()
    try report.commit()
    try results.commit()
  }

  /// Writes an evaluation of results that are there, and the report with it.
  ///
  /// - Parameter writeShown: writes what of the results the report shows.
  func write(
    evaluation: JSONValue, title: String, pictures: Set<String>,
    writeShown: @escaping ((String) throws -> Void) throws -> Void
  ) throws {
    let file = try AtomicFile(path: evaluationPath)
    try file.write(evaluation.text(indented: true) + "\n")
    let report = try AtomicFile(path: reportPath)
    try Report(
      title: title, pictures: pictures, evaluation: evaluation, writeResults: writeShown
    ).write(to: report)
    try report.commit()
    try file.commit()
  }

  private func removeEvaluation() throws(FileError) {
    guard PathKind(of: evaluationPath) != nil else { return }
    do {
      try FileManager.default.removeItem(atPath: evaluationPath)
    } catch {
      throw FileError(
        path: evaluationPath, reason: "is of older results and cannot be removed; remove it")
    }
  }
}
