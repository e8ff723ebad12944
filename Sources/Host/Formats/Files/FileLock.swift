internal import Glibc

/// A file that one process at a time holds, until it lets go or dies.
package final class FileLock {
  private let descriptor: Int32

  /// Nil where another process holds it.
  ///
  /// - Throws: `FileError` where there can be no such file.
  package init?(_ path: String) throws(FileError) {
    while true {
      let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else {
        throw FileError(path: path, reason: "cannot be written: \(systemReason())")
      }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        close(descriptor)
        return nil
      }
      // Who held it before may have removed it, and another may have made it anew.
      if Self.file(descriptor) == Self.file(path) {
        self.descriptor = descriptor
        return
      }
      close(descriptor)
    }
  }

  deinit { close(descriptor) }

  /// What tells a file from all others while it is open.
  private static func file(_ descriptor: Int32) -> [UInt64]? {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return nil }
    return [UInt64(status.st_dev), UInt64(status.st_ino)]
  }

  private static func file(_ path: String) -> [UInt64]? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    return [UInt64(status.st_dev), UInt64(status.st_ino)]
  }
}
