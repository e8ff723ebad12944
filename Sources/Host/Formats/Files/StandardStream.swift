internal import Glibc

/// Standard output and standard error, which may be closed, full, or pipes that nobody reads any more.
package enum StandardStream: Int32, Sendable {
  case output = 1
  case error = 2

  /// Nobody reads what is written any more: an end, but no failure.
  package struct Closed: Error {}

  /// Makes sure that trouble with a stream is told where it is written to, and never ends up elsewhere.
  ///
  /// For the tool alone, whose process is its own.
  package static func prepare() {
    // The next file to be opened would be taken for a stream that is closed; writing to a file that is open
    // for reading alone fails as writing to a closed one does.
    for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 {
      _ = unsafe open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
    }
    // Told by the calls that write, instead.
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
  }

  /// Writes a text, all of it.
  ///
  /// - Throws: `Closed` where nobody reads it, `FileError` where it cannot be written.
  package func write(_ text: String) throws {
    var text = text
    // The bytes are borrowed for the call.
    let failure = text.withUTF8 { unsafe writeAll(UnsafeRawBufferPointer($0), to: rawValue) }
    guard let failure else { return }
    if failure == EPIPE { throw Closed() }
    throw FileError(
      path: self == .output ? "standard output" : "standard error",
      reason: "cannot be written: \(systemReason(failure))")
  }

  /// Ends the process as one ends that writes to a pipe which nobody reads.
  package static func endByClosedPipe() -> Never {
    signal(SIGPIPE, SIG_DFL)
    raise(SIGPIPE)
    // Somebody has blocked the signal: the status that shells give it.
    _exit(128 + SIGPIPE)
  }
}
