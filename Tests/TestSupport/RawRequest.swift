import Foundation
import Glibc

/// Sends bytes to a port of this machine and returns all that comes back, as text.
package func rawRequest(_ text: String, to port: Int) -> String {
  let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(connection) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
  address.sin_port = UInt16(port).bigEndian
  // Sockets are C: the address is borrowed for the call.
  let failed = unsafe withUnsafePointer(to: &address) { address in
    unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      unsafe connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) != 0
    }
  }
  guard !failed else { return "" }
  let handle = FileHandle(fileDescriptor: connection, closeOnDealloc: false)
  try? handle.write(contentsOf: Data(text.utf8))
  return String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
}
