internal import Foundation
package import LatentLensFormats
internal import LatentLensModels

/// Finds the image files that a manifest or a command line names.
package enum ImageFiles {
  static let extensions: Set<String> = ["png", "jpg", "jpeg", "webp"]
  /// How the name of a file ends that stands beside a picture and tells what it shows.
  package static let truthSuffix = ".truth.json"

  static func find(_ nodes: [JSONNode]) throws -> [String] {
    var files: [String] = []
    for node in nodes {
      do {
        files += try find(ManifestPath.resolve(node))
      } catch let error as HostError {
        throw node.error(error.description)
      }
    }
    return files
  }

  /// The files behind one path: itself, the images of a folder, or the matches of a glob, sorted.
  package static func find(_ path: String) throws(HostError) -> [String] {
    switch PathKind(of: path) {
    case .folder: return try images(inFolder: path)
    case .file: return [path]
    case .other: throw HostError("\(path): is a pipe or a device, not an image file or a folder")
    case nil: break
    }
    let pattern = (path as NSString).lastPathComponent
    guard pattern.contains(where: { "*?[".contains($0) }) else {
      throw HostError("\(path): there is no such image file or folder")
    }
    let folder = (path as NSString).deletingLastPathComponent
    let names = try contents(ofFolder: folder).filter {
      matches($0, pattern) && !$0.hasSuffix(truthSuffix)
    }
    guard !names.isEmpty else { throw HostError("\(path): no file matches") }
    return names.map { folder.isEmpty ? $0 : "\(folder)/\($0)" }
  }

  /// The files that paths have given which do not name them: as one of a folder, or a match of a glob.
  package static func unnamed(_ files: [String], in paths: [String]) -> Set<String> {
    Set(files).subtracting(paths)
  }

  private static func images(inFolder folder: String) throws(HostError) -> [String] {
    let names = try contents(ofFolder: folder).filter {
      extensions.contains(($0 as NSString).pathExtension.lowercased())
    }
    guard !names.isEmpty else {
      throw HostError("\(folder): holds no image (png, jpg, jpeg or webp)")
    }
    return names.map { "\(folder)/\($0)" }
  }

  private static func contents(ofFolder folder: String) throws(HostError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)
        .sorted()
    } catch {
      throw HostError("\(folder): cannot be listed; check that it is a folder you may read")
    }
  }

  /// Whether a name fits a pattern in which `*` stands for any characters, `?` for one and `[…]` for one of
  /// some: the system's own rules (POSIX `fnmatch`), which take no longer than the two are long.
  static func matches(_ name: String, _ pattern: String) -> Bool {
    // The system takes both as C strings, which live for the duration of the call.
    unsafe fnmatch(pattern, name, FNM_PERIOD) == 0
  }
}
