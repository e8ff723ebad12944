import Foundation
import LatentLensLenses
import LatentLensTensors

/// A folder in which what is read stands: in memory, where TMPDIR is.
final class Workshop: Sendable {
  let path: String

  init() {
    path = NSTemporaryDirectory() + "latentlens-fuzz-\(getpid())"
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// Writes a file, in place of one that has the name, and returns its path.
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let file = "\(path)/\(name)"
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  /// A folder with links to some of our files in it; made once.
  ///
  /// - Parameter origin: where the files are, from `Tests`.
  func folder(_ name: String, of origin: String, _ files: [String]) throws -> String {
    let folder = "\(path)/\(name)"
    guard !FileManager.default.fileExists(atPath: folder) else { return folder }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for file in files {
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/\(file)", withDestinationPath: "\(Self.tests)/\(origin)/\(file)")
    }
    return folder
  }

  /// A copy of a folder of ours; made once.
  ///
  /// - Parameter origin: where it is, from `Tests`.
  func copy(_ name: String, of origin: String) throws -> String {
    let folder = "\(path)/\(name)"
    guard !FileManager.default.fileExists(atPath: folder) else { return folder }
    try FileManager.default.copyItem(atPath: "\(Self.tests)/\(origin)", toPath: folder)
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/0.truth.json",
      withDestinationPath: "\(Self.tests)/Fuzz/Made/0.truth.json")
    return folder
  }

  /// A file that was made by hand.
  func made(_ name: String) -> URL {
    URL(fileURLWithPath: "\(Self.tests)/Fuzz/Made/\(name)")
  }

  /// A small index of two layers; made once.
  func index() throws -> String {
    let folder = "\(path)/index"
    guard !FileManager.default.fileExists(atPath: folder) else { return folder }
    let description = IndexDescription(
      modelName: "m",
      identity: IndexIdentity(
        maker: .init(weights: "w", configuration: "c", tokenizer: "t", arithmetic: "f32"),
        corpus: "d", layers: [1, 3], elementType: .f32, rules: .init()),
      hiddenSize: 4, rows: 3)
    let writer = try IndexWriter(path: folder, description: description)
    for layer in [1, 3] {
      let states = Matrix(rows: 3, columns: 4, values: (0..<12).map { Float(($0 * layer) % 7) - 2 })
      try writer.write(states, to: [0..<3], ofLayer: layer)
    }
    try writer.finish(
      entries: IndexEntries(
        tokenIDs: [1, 2, 3], positions: [2, 3, 2], sentenceIDs: [0, 0, 1],
        sentences: ["eins zwei", "naïve ☃"]))
    return folder
  }

  private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path
}
