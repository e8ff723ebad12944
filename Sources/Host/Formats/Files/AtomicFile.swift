internal import Glibc

/// A file being written beside its final name, which it takes only when it is complete.
///
/// Whoever reads the final name sees the old file or the whole new one, never a part. A writer that
/// goes away without `commit()` leaves nothing behind.
package final class AtomicFile {
  package let path: String
  private let partialPath: String
  private var descriptor: Int32
  private var buffer: [UInt8] = []

  /// Opens the partial file; its folder has to exist.
  package init(path: String) throws(FileError) {
    self.path = path
    partialPath = "\(path).partial-\(getpid())"
    // The system takes paths as C strings, which live for the duration of each call.
    descriptor = unsafe open(partialPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw FileError(path: path, reason: "cannot be written: \(systemReason())")
    }
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    unsafe unlink(partialPath)
  }

  /// Appends bytes.
  package func write(_ bytes: some Sequence<UInt8>) throws(FileError) {
    buffer.append(contentsOf: bytes)
    if buffer.count >= 1 << 20 { try flush() }
  }

  /// Appends the UTF-8 bytes of a text.
  package func write(_ text: String) throws(FileError) {
    try write(text.utf8)
  }

  /// Appends the little-endian bytes of numbers, as safetensors stores them.
  package func write<Number: BitwiseCopyable>(numbers: [Number]) throws(FileError) {
    try flush()
    let failure = unsafe numbers.withUnsafeBytes { unsafe Self.write($0, to: descriptor) }
    if let failure { throw cannotWrite(failure) }
  }

  /// Gives the file its final name.
  package func commit() throws(FileError) {
    try flush()
    guard fsync(descriptor) == 0, close(descriptor) == 0 else { throw cannotWrite(errno) }
    descriptor = -1
    guard unsafe rename(partialPath, path) == 0 else {
      let failure = errno
      unsafe unlink(partialPath)
      throw cannotWrite(failure)
    }
  }

  private func flush() throws(FileError) {
    let failure = unsafe buffer.withUnsafeBytes { unsafe Self.write($0, to: descriptor) }
    buffer.removeAll(keepingCapacity: true)
    if let failure { throw cannotWrite(failure) }
  }

  private func cannotWrite(_ code: Int32) -> FileError {
    FileError(path: path, reason: "cannot be written: \(systemReason(code))")
  }

  // The system call takes a raw pointer; the bytes are borrowed for its duration only.
  private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32? {
    var done = 0
    while done < bytes.count {
      let written = unsafe Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
      if written < 0 {
        if errno == EINTR { continue }
        return errno
      }
      done += written
    }
    return nil
  }
}

/// What the system says about an error number.
package func systemReason(_ code: Int32 = errno) -> String {
  unsafe String(cString: strerror(code)).lowercased()
}
