internal import Foundation
internal import LatentLensFormats
internal import LatentLensReport

/// The two files of a run, which come into being together: `results.json`, and `report.html` over it; and
/// `evaluation.json`, which may come later, with another report.
struct RunOutput {
  private let folder: OutputFolder
  private let lock: FileLock

  /// Makes the folder, unless it is there, and holds it: nobody else writes there meanwhile.
  ///
  /// - Parameter policy: whether results of other work may be replaced.
  /// - Throws: `FileError` where the files could not be written, or what stands there may not be replaced.
  init(
    to path: String, _ work: Work, policy: OutputPolicy = OutputPolicy()
  ) throws(FileError) {
    folder = try OutputFolder(path)
    do throws(FileError) {
      guard let lock = try FileLock(folder: path) else {
        throw FileError(
          path: path,
          reason: "is being written to by another process; wait for it, or choose another folder")
      }
      self.lock = lock
      try work.requireRoom(in: path, policy)
    } catch {
      folder.discard()
      throw error
    }
    for name in [Self.results, Self.report, Self.evaluation] { Partial.sweep("\(path)/\(name)") }
  }

  static let results = "results.json"
  static let report = "report.html"
  static let evaluation = "evaluation.json"

  static func reportPath(in folder: String) -> String { "\(folder)/\(report)" }

  var path: String { folder.path }
  var reportPath: String { Self.reportPath(in: folder.path) }
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
  ///   - readPicture: gives the bytes of a picture's file.
  ///   - writeResults: writes `results.json`, in pieces.
  ///   - writeShown: writes what of it the report shows; nil for all.
  func write(
    title: String, pictures: Set<String>, readPicture: @escaping (String) throws -> [UInt8],
    writeResults: @escaping ((String) throws -> Void) throws -> Void,
    writeShown: (((String) throws -> Void) throws -> Void)? = nil
  ) throws {
    let results = try AtomicFile(path: "\(folder.path)/\(Self.results)")
    try writeResults { try results.write($0) }
    let report = try AtomicFile(path: reportPath)
    try Report(
      title: title, pictures: pictures, readPicture: readPicture,
      writeResults: writeShown ?? writeResults
    ).write(to: report)
    try results.synchronize()
    try report.synchronize()
    try removeEvaluation()
    try report.commit()
    try results.commit()
  }

  /// Writes an evaluation of results that are there, and the report with it.
  ///
  /// - Parameter writeShown: writes what of the results the report shows.
  func write(
    evaluation: JSONValue, title: String, pictures: RecordedPictures,
    writeShown: @escaping ((String) throws -> Void) throws -> Void
  ) throws {
    let file = try AtomicFile(path: evaluationPath)
    try file.write(evaluation.text(indented: true) + "\n")
    let report = try AtomicFile(path: reportPath)
    try Report(
      title: title, pictures: pictures.paths, readPicture: pictures.bytes, evaluation: evaluation,
      writeResults: writeShown
    ).write(to: report)
    try file.synchronize()
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
