internal import Glibc

/// A file being written beside its final name, which it takes only when it is complete.
///
/// Whoever reads the final name sees the old file or the whole new one, never a part. A writer that goes away
/// without `commit()` leaves nothing behind, and what one leaves that is killed the next one removes. A link at
/// the final name stays: what it leads to is replaced.
package final class AtomicFile {
  package let path: String
  private let target: String
  private let partial: Partial
  private var buffer: [UInt8] = []

  /// Opens the partial file; its folder has to exist.
  ///
  /// - Throws: `FileError` where it cannot be written, and where something else than a file stands there.
  package init(path: String) throws(FileError) {
    self.path = path
    target = try Self.target(of: path)
    do throws(FileError) {
      partial = try Partial(.file, for: target)
    } catch {
      throw FileError(path: path, reason: error.reason)
    }
  }

  private var descriptor: Int32 { partial.descriptor }

  /// The file that will be replaced, or made.
  private static func target(of path: String) throws(FileError) -> String {
    guard try FileNode.requireRoom(path, for: .file) != nil,
      // The system returns a C string of its own.
      let resolved = unsafe realpath(path, nil)
    else { return path }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
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
    let failure = unsafe numbers.withUnsafeBytes { unsafe writeAll($0, to: descriptor) }
    if let failure { throw cannotWrite(failure) }
  }

  /// Brings all of it to the disk, so that little is left that could fail.
  package func synchronize() throws(FileError) {
    try flush()
    guard fsync(descriptor) == 0 else { throw cannotWrite(errno) }
  }

  /// Removes what the file will replace before it has its name; a link that leads there stays.
  package func removeFormer() throws(FileError) {
    guard unsafe unlink(target) == 0 || errno == ENOENT else {
      throw FileError(path: path, reason: "cannot be replaced: \(systemReason())")
    }
  }

  /// Gives the file its final name.
  package func commit() throws(FileError) {
    try synchronize()
    // Something else may have come there meanwhile.
    _ = try FileNode.requireRoom(target, for: .file)
    do throws(FileError) {
      try partial.place(at: target)
    } catch {
      throw FileError(path: path, reason: error.reason)
    }
  }

  private func flush() throws(FileError) {
    let failure = unsafe buffer.withUnsafeBytes { unsafe writeAll($0, to: descriptor) }
    buffer.removeAll(keepingCapacity: true)
    if let failure { throw cannotWrite(failure) }
  }

  private func cannotWrite(_ code: Int32) -> FileError {
    FileError(path: path, reason: "cannot be written: \(systemReason(code))")
  }
}

/// What the system says about an error number.
package func systemReason(_ code: Int32 = errno) -> String {
  unsafe String(cString: strerror(code)).lowercased()
}
