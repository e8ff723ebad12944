internal import Foundation
internal import LatentLensFormats
internal import LatentLensReport

/// The files of a run, which come into being together: `results.json`, and `report.html` over it; over pictures
/// `sketch.safetensors`, by which states are compared; of runs side by side `comparison.json`; of many pictures a
/// folder of parts. `evaluation.json` may come later, with another report.
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
    for name in [Self.results, PartFolder.stem] + Self.besides { Partial.sweep("\(path)/\(name)") }
  }

  static let results = "results.json"
  static let report = "report.html"
  static let evaluation = "evaluation.json"
  static let comparison = "comparison.json"
  static let found = "found.json"
  static let sketch = "sketch.safetensors"
  /// What stands beside results of ours was written with them.
  static let besides = [report, evaluation, found, comparison, sketch]

  static func reportPath(in folder: String) -> String { "\(folder)/\(report)" }

  var path: String { folder.path }
  var reportPath: String { Self.reportPath(in: folder.path) }

  /// Does some work, and takes the folder away again if it fails and has left nothing whole in it.
  func whileWritten<Result>(_ work: () throws -> Result) rethrows -> Result {
    do {
      return try work()
    } catch {
      folder.discard()
      throw error
    }
  }

  /// What a report shows.
  struct Page {
    let title: String
    var pictures: PictureShelf
    let figures: Figures
    /// Writes the results that are shown, in pieces.
    let writeResults: ((String) throws -> Void) throws -> Void
  }

  /// Writes results and their report under other names, and gives them their own when both are whole. What
  /// stands there of older results goes before them: whoever looks in between sees files that belong together.
  ///
  /// - Parameters:
  ///   - sketches: what is kept of each model's states.
  ///   - parts: where the readings stand; nil for whole results.
  ///   - isComparison: whether the figures are written as well.
  ///   - writeResults: writes `results.json`, in pieces.
  func write(
    _ page: Page, sketches: [StateSketch?], parts: PartFolder?, isComparison: Bool = false,
    writeResults: ((String) throws -> Void) throws -> Void
  ) throws {
    var page = page
    if let parts {
      for digest in page.pictures.digests.sorted() {
        try parts.write(picture: page.pictures.data(digest), digest: digest)
      }
      page.pictures = PictureShelf.empty
    }
    let results = try AtomicFile(path: "\(folder.path)/\(Self.results)")
    try writeResults { try results.write($0) }
    let hasSketch = sketches.contains { $0 != nil }
    let sketch =
      hasSketch ? try SketchFile.begin(sketches, at: "\(folder.path)/\(Self.sketch)") : nil
    try write(page, with: results, isComparison: isComparison) {
      try parts?.place()
      if let sketch { try sketch.removeFormer() } else { try remove(Self.sketch) }
      try remove(Self.evaluation)
      try remove(Self.found)
      if !isComparison { try remove(Self.comparison) }
    } after: {
      try sketch?.finish()
    }
    removeParts(but: parts?.name)
  }

  /// Removes the parts of results that stand here no more, also those that somebody left who was killed in between.
  private func removeParts(but name: String?) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for other in names where other != name && PartFolder.isName(other) {
      try? FileManager.default.removeItem(atPath: "\(folder.path)/\(other)")
    }
  }

  /// Writes what was found out later about results that are there, and the report with it.
  func write(_ document: JSONValue, named name: String, _ page: Page, isComparison: Bool) throws {
    let file = try AtomicFile(path: "\(folder.path)/\(name)")
    try file.write(document.text(indented: name == Self.evaluation) + "\n")
    try write(page, with: file, isComparison: isComparison)
  }

  /// Writes a report beside another file, both or neither.
  ///
  /// The report, which shows all that there is, goes first and comes last. What is of older results goes before the new
  /// ones have their name, and what is of the new ones comes behind: nothing ever stands beside what it is not of.
  private func write(
    _ page: Page, with file: AtomicFile, isComparison: Bool, before: () throws -> Void = {},
    after: () throws -> Void = {}
  ) throws {
    let figures = try page.figures.json()
    let report = try AtomicFile(path: reportPath)
    var pictures = page.pictures
    try Report(
      title: page.title, pictures: pictures.digests, picture: { try pictures.data($0) },
      figures: figures, writeResults: page.writeResults
    ).write(to: report)
    let comparison =
      isComparison ? try AtomicFile(path: "\(folder.path)/\(Self.comparison)") : nil
    try comparison?.write(figures.text(indented: true) + "\n")
    for file in [file, comparison, report].compactMap(\.self) { try file.synchronize() }
    try report.removeFormer()
    try comparison?.removeFormer()
    try before()
    try file.commit()
    try after()
    try comparison?.commit()
    try report.commit()
  }

  private func remove(_ name: String) throws(FileError) {
    let path = "\(folder.path)/\(name)"
    guard PathKind(of: path) != nil else { return }
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      throw FileError(path: path, reason: "is of older results and cannot be removed; remove it")
    }
  }
}
