internal import Glibc

/// Writes all of some bytes, however many calls that takes.
///
/// - Returns: the system's error number where it cannot.
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32? {
  var done = 0
  while done < bytes.count {
    // The bytes are borrowed for the call.
    let written = unsafe write(descriptor, bytes.baseAddress! + done, bytes.count - done)
    if written < 0 {
      if errno == EINTR { continue }
      return errno
    }
    done += written
  }
  return nil
}
