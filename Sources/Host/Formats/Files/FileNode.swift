internal import Glibc

/// What tells a file or folder from all others while it is there, by whatever path it is reached.
package struct FileNode: Sendable, Hashable {
  private let device: UInt64
  private let number: UInt64
  /// What it is.
  let kind: PathKind

  /// Nil where there is nothing; links are followed.
  package init?(_ path: String) {
    var status = stat()
    // The system takes paths as C strings, and fills a structure that lives for the call.
    guard unsafe stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// What an open descriptor leads to.
  init?(descriptor: Int32) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    device = UInt64(status.st_dev)
    number = UInt64(status.st_ino)
    switch status.st_mode & S_IFMT {
    case S_IFREG: kind = .file
    case S_IFDIR: kind = .folder
    default: kind = .other
    }
  }

  /// Makes sure that a file or a folder may be written to a path, by what stands there.
  ///
  /// - Returns: what stands there; nil where that is nothing.
  /// - Throws: `FileError` where it is neither.
  static func requireRoom(_ path: String, for kind: PathKind) throws(FileError) -> FileNode? {
    guard let node = FileNode(path) else {
      var status = stat()
      guard unsafe lstat(path, &status) != 0 else {
        throw FileError(path: path, reason: "is a link that leads nowhere; remove it")
      }
      return nil
    }
    switch (kind, node.kind) {
    case (.file, .file), (.folder, .folder): return node
    case (.file, .folder):
      throw FileError(
        path: path, reason: "is a folder, where a file is to be written; choose another name")
    case (.folder, .file):
      throw FileError(
        path: path, reason: "is a file, where a folder is to be written; choose another name")
    case (.other, _), (_, .other):
      throw FileError(path: path, reason: "is no regular file or folder; choose another name")
    }
  }
}
