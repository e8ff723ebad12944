internal import Foundation
internal import Glibc

/// A folder that some work writes to, made with the folders above it where they are not there yet, and
/// taken away again where the work fails.
package struct OutputFolder: Sendable {
  package let path: String
  /// The folders that were made, outermost first.
  private let made: [String]

  /// - Throws: `FileError` where there can be no such folder, or nothing may be written to it.
  package init(_ path: String) throws(FileError) {
    self.path = path
    var missing: [String] = []
    var above = URL(fileURLWithPath: path).standardizedFileURL
    while PathKind(of: above.path) == nil, above.path != "/" {
      missing.insert(above.path, at: 0)
      above.deleteLastPathComponent()
    }
    guard FileNode(above.path)?.kind == .folder else {
      if missing.isEmpty { _ = try FileNode.requireRoom(path, for: .folder) }
      throw FileError(
        path: path, reason: "cannot be made: \(above.path) is a file; choose another name")
    }
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw FileError(
        path: path, reason: "cannot be made a folder to write to; check your permissions")
    }
    made = missing
    guard FileManager.default.isWritableFile(atPath: path) else {
      discard()
      throw FileError(path: path, reason: "cannot be written to; choose another folder")
    }
  }

  /// Takes the folders that were made away again, unless somebody has put something into them.
  package func discard() {
    for folder in made.reversed() where !Self.removeIfEmpty(folder) { return }
  }

  /// Removes a folder, unless there is something in it: whether it is gone.
  @discardableResult
  package static func removeIfEmpty(_ path: String) -> Bool {
    // The system takes paths as C strings, which live for the duration of the call.
    unsafe rmdir(path) == 0 || errno == ENOENT
  }
}
