internal import LatentLensFormats
package import LatentLensReading

/// A finished run's report, with what it loads as it is looked at, for a browser on this machine.
package struct RunSite: ~Copyable {
  private let server: LoopbackServer
  private let token: String

  /// Begins to serve; ends when the value does.
  ///
  /// - Parameter port: 0 for any that is free.
  /// - Throws: `FileError` for a run whose report or parts are not there; `HostError` where nothing can be served.
  package init(of run: FinishedRun, port: UInt16) throws {
    let contents = try SiteContents(of: run)
    var random = SystemRandomNumberGenerator()
    let token = (0..<4).map { _ in
      let digits = String(random.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
    server = try LoopbackServer(
      contents.files, token: token, policy: contents.policy, port: port)
    self.token = token
  }

  /// Where a browser finds the report; whoever knows it may read all of it.
  package var address: String {
    "http://127.0.0.1:\(server.port)/\(token)/\(FinishedRun.reportName)"
  }
}
