internal import Foundation
internal import LatentLensFormats

/// A file of a finished run that its report needs.
package struct RunFile: Sendable {
  /// Its path below the run's folder.
  package let name: String
  package let path: String
  package let kind: Kind

  package enum Kind: Sendable {
    case report, part, picture
  }
}

extension FinishedRun {
  package static let reportName = RunOutput.report

  /// The report, and the parts and pictures that the results name; nothing that lies elsewhere.
  ///
  /// - Throws: `FileError` for one that is not there, or leads out of the folder.
  package func files() throws -> [RunFile] {
    var files = [
      RunFile(name: Self.reportName, path: "\(folder)/\(Self.reportName)", kind: .report)
    ]
    var pictures: Set<String> = []
    if let partFolder {
      let parts = String(partFolder.dropFirst(folder.count + 1))
      for sheet in models.flatMap(\.images) {
        if case .part(let part, _) = sheet.source {
          let name = "\(parts)/\(part.name)"
          files.append(RunFile(name: name, path: "\(folder)/\(name)", kind: .part))
        }
        let digest = try sheet.node.required("sha256")
        guard Part.isName(try digest.string()) else { throw digest.error("is no digest") }
        guard pictures.insert(try digest.string()).inserted else { continue }
        let name = "\(parts)/\(try digest.string())"
        files.append(RunFile(name: name, path: "\(folder)/\(name)", kind: .picture))
      }
    }
    let inside = Self.resolved(folder) + "/"
    for file in files {
      guard PathKind(of: file.path) == .file else {
        throw FileError(
          path: file.path, reason: "is not there, and the report needs it; run it again")
      }
      guard Self.resolved(file.path) == inside + file.name else {
        throw FileError(path: file.path, reason: "leads out of the folder; put a copy in its place")
      }
    }
    return files
  }

  private static func resolved(_ path: String) -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  }
}
