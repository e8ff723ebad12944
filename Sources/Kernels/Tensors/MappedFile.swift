internal import CLatentLensKernels
internal import Glibc

/// A file mapped into memory, read-only: pages are read when they are first used.
///
/// The mapping lives as long as the object. The file must not be shortened meanwhile: see `Faults`.
@safe
public final class MappedFile: Sendable {
  /// The path it was opened by; empty for memory without a file.
  public let path: String
  /// The size in bytes.
  public let count: Int

  // Written once, before anybody else can see it, and never written through afterwards.
  private nonisolated(unsafe) let base: UnsafeMutableRawPointer?
  /// Its place among the mapped ranges whose files are known by name.
  private let watch: Int32

  /// Maps a regular file.
  public init(path: String) throws(MappedFileError) {
    // Whoever opens a pipe would wait for somebody to write to it.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw MappedFileError(path: path, errno: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw MappedFileError(path: path, errno: errno)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw MappedFileError(path: path, reason: "is no regular file")
    }
    self.path = path
    count = Int(status.st_size)
    if count == 0 {
      unsafe base = nil
      watch = -1
    } else {
      let address = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
      guard unsafe address != MAP_FAILED else { throw MappedFileError(path: path, errno: errno) }
      unsafe base = address
      watch = unsafe ll_watch(address, count, path)
    }
  }

  /// Memory without a file, all zero, which takes no room until it is written; `fill` writes it.
  package init(zeros count: Int, fill: (UnsafeMutableRawBufferPointer) -> Void = { _ in }) {
    path = ""
    watch = -1
    self.count = count
    guard count > 0 else {
      unsafe base = nil
      return
    }
    let address = unsafe mmap(
      nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    precondition(unsafe address != MAP_FAILED, "out of memory: \(count) bytes")
    unsafe base = address
    // The closure gets the only writable view, before the object is visible to anybody.
    unsafe fill(UnsafeMutableRawBufferPointer(start: address, count: count))
  }

  deinit {
    ll_unwatch(watch)
    if let base = unsafe base { unsafe munmap(base, count) }
  }

  /// A copy of some of its bytes.
  public func bytes(_ range: Range<Int>) -> [UInt8] {
    precondition(0 <= range.lowerBound && range.upperBound <= count, "bytes outside \(path)")
    return unsafe withBytes { unsafe Array($0[range]) }
  }

  /// Lends the bytes; the buffer must not outlive the call.
  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    unsafe body(UnsafeRawBufferPointer(start: base, count: count))
  }

  /// The address of a byte, for kernels that hold on to the file while they read.
  package func address(_ offset: Int) -> UnsafeRawPointer {
    precondition(0 <= offset && offset <= count, "byte \(offset) of \(count) in \(path)")
    // An empty mapping has no address; nothing is ever read through the one it is given.
    return unsafe base.map { unsafe UnsafeRawPointer($0 + offset) }
      ?? UnsafeRawPointer(bitPattern: 64).unsafelyUnwrapped
  }
}

/// A file cannot be mapped.
public struct MappedFileError: Error, Equatable, CustomStringConvertible {
  public let path: String
  /// What is wrong, as the rest of a sentence that begins with the path.
  public let reason: String

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  init(path: String, errno number: Int32) {
    // The message is copied before the next call could overwrite it.
    let message = unsafe String(cString: strerror(number))
    self.init(path: path, reason: "cannot be read: \(message)")
  }

  public var description: String { "\(path): \(reason)" }
}
