internal import Foundation

/// What stands at a path.
package enum PathKind: Sendable {
  case file
  case folder

  /// Nil where there is nothing.
  package init?(of path: String) {
    var isFolder: ObjCBool = false
    // Foundation reports the kind through a pointer, which lives for this call alone.
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      return nil
    }
    self = isFolder.boolValue ? .folder : .file
  }
}
