import Foundation
import Glibc

/// A server of HTTP on this machine, for what the tool sends away.
package final class LocalServer: Sendable {
  package let port: Int
  private let listener: Int32

  package struct Request: Sendable {
    package let path: String
    /// By their names in lower case.
    package let headers: [String: String]
    package let body: String
  }

  package struct Reply: Sendable {
    package var status = 200
    package var headers: [String: String] = [:]
    package var body = ""
    /// Whether the connection ends in the middle of the body.
    package var isCut = false
    /// How long it takes, in seconds.
    package var delay = 0.0

    package init(_ body: String = "") { self.body = body }

    package init(status: Int, _ body: String = "", headers: [String: String] = [:]) {
      self.status = status
      self.body = body
      self.headers = headers
    }
  }

  /// - Parameter answer: is called from several threads.
  package init(_ answer: @escaping @Sendable (Request) -> Reply) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    // Sockets are C: addresses are borrowed for the calls.
    let failed = unsafe withUnsafeMutablePointer(to: &address) { address in
      unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        unsafe bind(listener, address, size) != 0 || listen(listener, 64) != 0
          || getsockname(listener, address, &size) != 0
      }
    }
    struct CannotListen: Error {}
    guard !failed else { throw CannotListen() }
    self.listener = listener
    port = Int(UInt16(bigEndian: address.sin_port))
    Self.detach {
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else {
          // Not earlier: another server's could have the same number, and would be answered for here.
          close(listener)
          return
        }
        Self.detach { Self.serve(connection, answer) }
      }
    }
  }

  /// Ends the waiting for connections.
  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  private static func serve(_ connection: Int32, _ answer: (Request) -> Reply) {
    defer { close(connection) }
    guard let request = read(connection) else { return }
    let reply = answer(request)
    if reply.delay > 0 { usleep(UInt32(reply.delay * 1e6)) }
    let body = Array(reply.body.utf8)
    var head = "HTTP/1.1 \(reply.status) Whatever\r\nContent-Length: \(body.count)\r\n"
    for (name, value) in reply.headers { head += "\(name): \(value)\r\n" }
    send(connection, Array((head + "Connection: close\r\n\r\n").utf8))
    send(connection, reply.isCut ? Array(body.prefix(body.count / 2)) : body)
  }

  /// Reads a request; nil where the other side has gone.
  private static func read(_ connection: Int32) -> Request? {
    var bytes: [UInt8] = []
    var end: Int?
    var headers: [String: String] = [:]
    var first: Substring = ""
    while true {
      if end == nil, let place = endOfHead(bytes) {
        end = place
        let lines = String(decoding: bytes[..<place], as: UTF8.self).split(separator: "\r\n")
        first = lines.first ?? ""
        for line in lines.dropFirst() {
          guard let colon = line.firstIndex(of: ":") else { continue }
          headers[line[..<colon].lowercased()] = String(
            line[line.index(after: colon)...].drop { $0 == " " })
        }
      }
      if let end, bytes.count >= end + (Int(headers["content-length"] ?? "") ?? 0) {
        let words = first.split(separator: " ")
        return Request(
          path: words.count > 1 ? String(words[1]) : "", headers: headers,
          body: String(decoding: bytes[end...], as: UTF8.self))
      }
      var piece = [UInt8](repeating: 0, count: 1 << 16)
      let count = unsafe recv(connection, &piece, piece.count, 0)
      guard count > 0 else { return nil }
      bytes += piece[..<count]
    }
  }

  private static func endOfHead(_ bytes: [UInt8]) -> Int? {
    bytes.indices.dropLast(3).first { bytes[$0..<$0 + 4].elementsEqual("\r\n\r\n".utf8) }
      .map { $0 + 4 }
  }

  private static func send(_ connection: Int32, _ bytes: [UInt8]) {
    var done = 0
    while done < bytes.count {
      let rest = Array(bytes[done...])
      let count = unsafe Glibc.send(connection, rest, rest.count, Int32(MSG_NOSIGNAL))
      guard count > 0 else { return }
      done += count
    }
  }

  private static func detach(_ work: @escaping @Sendable () -> Void) {
    Thread.detachNewThread(work)
  }
}
