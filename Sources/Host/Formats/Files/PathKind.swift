internal import Glibc

/// What stands at a path, links followed.
package enum PathKind: Sendable {
  case file
  case folder
  /// A pipe, a device or a socket: nothing that can be read twice.
  case other

  /// Nil where there is nothing.
  package init?(of path: String) {
    // The system takes paths as C strings and fills a structure, both for the duration of the call.
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: self = .file
    case S_IFDIR: self = .folder
    default: self = .other
    }
  }

  /// Whether it is a link that has this name.
  package static func isLink(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  /// Whether anything has this name, be it a link that leads nowhere.
  package static func isTaken(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(path, &status) == 0
  }
}
