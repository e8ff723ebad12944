internal import Glibc

/// The lines of standard input as bytes, each as soon as it is there.
package struct StandardInput: Sequence, IteratorProtocol {
  private var buffer: [UInt8] = []
  private var isAtEnd = false

  package init() {}

  /// The next line without its end; nil behind the last.
  package mutating func next() -> [UInt8]? {
    var searched = 0
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { buffer.removeFirst(end + 1) }
        return Array(buffer[..<end])
      }
      searched = buffer.count
      guard !isAtEnd else {
        defer { buffer = [] }
        return buffer.isEmpty ? nil : buffer
      }
      fill()
    }
  }

  private mutating func fill() {
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    // The system fills the borrowed memory, for the duration of the call.
    let count = unsafe piece.withUnsafeMutableBytes { bytes in
      var count = unsafe read(STDIN_FILENO, bytes.baseAddress, bytes.count)
      while count < 0, errno == EINTR {
        count = unsafe read(STDIN_FILENO, bytes.baseAddress, bytes.count)
      }
      return count
    }
    if count <= 0 { isAtEnd = true } else { buffer += piece[..<count] }
  }
}
