internal import Glibc

/// A file or folder that one process at a time holds, until it lets go or dies.
///
/// Where a file system knows no locks, everybody holds it.
package final class FileLock {
  private let descriptor: Int32

  /// Holds a file, which is made where it is not there; nil where another process holds it.
  ///
  /// - Throws: `FileError` where there can be no such file.
  package convenience init?(_ path: String) throws(FileError) {
    try self.init(path, O_RDWR | O_CREAT)
  }

  /// Holds a folder that is there; nil where another process holds it.
  ///
  /// - Throws: `FileError` where it is not there, or may not be read.
  package convenience init?(folder path: String) throws(FileError) {
    try self.init(path, O_RDONLY | O_DIRECTORY)
  }

  private init?(_ path: String, _ access: Int32) throws(FileError) {
    while true {
      let descriptor = unsafe open(path, access | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else {
        throw FileError(path: path, reason: "cannot be written: \(systemReason())")
      }
      guard Self.isHeld(descriptor) else {
        close(descriptor)
        return nil
      }
      // Who held it before may have removed it, and another may have made it anew.
      if FileNode(descriptor: descriptor) == FileNode(path) {
        self.descriptor = descriptor
        return
      }
      close(descriptor)
    }
  }

  deinit { close(descriptor) }

  /// Locks what is open, unless somebody else has: whether nobody else has.
  static func isHeld(_ descriptor: Int32) -> Bool {
    flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
  }
}
