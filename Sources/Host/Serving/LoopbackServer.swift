internal import CLatentLensServer
package import LatentLensFormats

/// A file that may be asked for.
package struct ServedFile: Sendable, Equatable {
  /// What stands behind the token in its address.
  package let name: String
  package let path: String
  package let mediaType: String
}

/// Serves files to this machine alone as long as it lives, through libmicrohttpd: to whoever knows the token.
@safe package struct LoopbackServer: ~Copyable {
  // libmicrohttpd is C: its server is a raw pointer, which this value alone owns.
  private let server: OpaquePointer

  /// - Parameters:
  ///   - token: has to be in every address.
  ///   - policy: the Content-Security-Policy of all that is sent.
  ///   - port: 0 for any that is free.
  /// - Throws: `HostError` where nothing can be served at the port.
  package init(
    _ files: [ServedFile], token: String, policy: String, port: UInt16
  ) throws(HostError) {
    // C borrows texts for the call, and copies them.
    var error: Int32 = 0
    let texts = files.flatMap { [$0.name, $0.path, $0.mediaType] }.map { Array($0.utf8CString) }
    let joined = texts.flatMap(\.self)
    let started = unsafe joined.withUnsafeBufferPointer { all in
      var place = 0
      var pointers: [UnsafePointer<CChar>?] = unsafe []
      for text in texts {
        unsafe pointers.append(all.baseAddress.map { unsafe $0 + place })
        place += text.count
      }
      let table = unsafe files.indices.map { number in
        unsafe server_file(
          name: pointers[3 * number], path: pointers[3 * number + 1],
          type: pointers[3 * number + 2])
      }
      return unsafe table.withUnsafeBufferPointer {
        unsafe server_start($0.baseAddress, $0.count, token, policy, port, &error)
      }
    }
    guard let started = unsafe started else {
      throw HostError(
        "nothing can be served at \(port == 0 ? "any port" : "port \(port)"): "
          + "\(systemReason(error)); choose another by --port")
    }
    unsafe server = started
  }

  /// The port that it listens at.
  package var port: Int { unsafe Int(server_port(server)) }

  deinit { unsafe server_stop(server) }
}
