internal import Foundation
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
    let report = "\(run.folder)/\(FinishedRun.reportName)"
    let files = try run.files().map { file in
      ServedFile(name: file.name, path: file.path, mediaType: try Self.mediaType(of: file))
    }
    var random = SystemRandomNumberGenerator()
    let token = (0..<4).map { _ in
      let digits = String(random.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
    let policy = try Self.policy(ofReport: report)
    server = try LoopbackServer(files, token: token, policy: policy, port: port)
    self.token = token
  }

  /// Where a browser finds the report; whoever knows it may read all of it.
  package var address: String {
    "http://127.0.0.1:\(server.port)/\(token)/\(FinishedRun.reportName)"
  }

  /// What the report may do: run its own script, and load what is served with it.
  static func policy(ofReport path: String) throws(FileError) -> String {
    guard let page = FileManager.default.contents(atPath: path),
      let start = page.range(of: Data("<script>".utf8), options: .backwards)?.upperBound,
      let end = page.range(of: Data("</script>".utf8), in: start..<page.endIndex)?.lowerBound
    else { throw FileError(path: path, reason: "is no report; evaluate or run it again") }
    let digest = SHA256.bytes(of: [UInt8](page[start..<end]))
    return [
      "default-src 'none'", "script-src 'sha256-\(Data(digest).base64EncodedString())'",
      "style-src 'unsafe-inline'", "img-src 'self' data: blob:", "connect-src 'self'",
      "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")
  }

  private static func mediaType(of file: RunFile) throws(FileError) -> String {
    switch file.kind {
    case .report: return "text/html; charset=utf-8"
    case .part: return "application/octet-stream"
    case .picture:
      let handle = FileHandle(forReadingAtPath: file.path)
      switch try? handle?.read(upToCount: 1)?.first {
      case 0x89: return "image/png"
      case 0xFF: return "image/jpeg"
      case 0x52: return "image/webp"
      default: throw FileError(path: file.path, reason: "is no picture; run it again")
      }
    }
  }
}
