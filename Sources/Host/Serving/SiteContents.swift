internal import Foundation
internal import LatentLensFormats
package import LatentLensReading

/// What a browser is given of a finished run: its files, and what their scripts may do.
package struct SiteContents: Sendable {
  package let files: [ServedFile]
  /// The Content-Security-Policy of all of them.
  package let policy: String

  /// - Throws: `FileError` for a run whose report or parts are not there, or lead out of its folder.
  package init(of run: FinishedRun) throws {
    files = try run.files().map { file in
      ServedFile(name: file.name, path: file.path, mediaType: try Self.mediaType(of: file))
    }
    policy = try Self.policy(ofReport: "\(run.folder)/\(FinishedRun.reportName)")
  }

  /// What the report may do: run its own script, and load what is served with it.
  private static func policy(ofReport path: String) throws(FileError) -> String {
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
