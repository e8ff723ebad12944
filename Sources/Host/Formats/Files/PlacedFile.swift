internal import Glibc

/// A file of a known size that is filled in any order; it may be left and opened again until it is whole.
///
/// It stands under its own name from the start: whoever writes one does so in a folder that nobody reads
/// before all of it is done.
package final class PlacedFile {
  package let path: String
  private let descriptor: Int32

  /// Opens the file, or makes it, and takes all of its room on the disk.
  ///
  /// - Throws: `FileError` where it cannot be written, or the disk has too little room.
  package init(path: String, byteCount: Int) throws(FileError) {
    self.path = path
    // The system takes paths as C strings, which live for the duration of each call.
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw FileError(path: path, reason: "cannot be written: \(systemReason())")
    }
    guard ftruncate(descriptor, off_t(byteCount)) == 0 else { throw cannotWrite(errno) }
    guard byteCount > 0 else { return }
    let failure = posix_fallocate(descriptor, 0, off_t(byteCount))
    guard failure == 0 || failure == EOPNOTSUPP || failure == EINVAL else {
      throw cannotWrite(failure)
    }
  }

  deinit { close(descriptor) }

  /// Writes bytes at their place.
  package func write(_ bytes: some RandomAccessCollection<UInt8>, at offset: Int) throws(FileError)
  {
    let bytes = ContiguousArray(bytes)
    let failure = unsafe bytes.withUnsafeBytes { unsafe Self.write($0, at: offset, descriptor) }
    if let failure { throw cannotWrite(failure) }
  }

  /// Returns when what was written is on the disk.
  package func synchronize() throws(FileError) {
    guard fdatasync(descriptor) == 0 else { throw cannotWrite(errno) }
  }

  private func cannotWrite(_ code: Int32) -> FileError {
    FileError(path: path, reason: "cannot be written: \(systemReason(code))")
  }

  // The system call takes a raw pointer; the bytes are borrowed for its duration only.
  private static func write(
    _ bytes: UnsafeRawBufferPointer, at offset: Int, _ descriptor: Int32
  ) -> Int32? {
    var done = 0
    while done < bytes.count {
      let written = unsafe pwrite(
        descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
      if written < 0 {
        if errno == EINTR { continue }
        return errno
      }
      done += written
    }
    return nil
  }
}
