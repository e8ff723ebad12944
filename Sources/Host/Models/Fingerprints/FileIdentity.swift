internal import Glibc

/// What tells whether a file is still the one it was, without reading it.
package struct FileIdentity: Sendable, Equatable {
  let size: Int
  /// The time of the last change, in nanoseconds since 1970.
  let modified: Int
  let inode: UInt64

  /// Nil where there is no such file.
  package init?(of path: String) {
    var status = Glibc.stat()
    // The system writes into a structure of ours, for the duration of the call.
    guard unsafe stat(path, &status) == 0 else { return nil }
    size = Int(status.st_size)
    modified = Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec)
    inode = UInt64(status.st_ino)
  }
}
