internal import Foundation
internal import LatentLensFormats
internal import LatentLensReading

/// Where the truth of pictures is: in a folder of its own, and beside the pictures.
struct TruthFiles: Sendable {
  private let folder: String?

  /// - Throws: `FileError` for a folder that is none.
  init(in folder: String?) throws(FileError) {
    self.folder = folder
    if let folder, PathKind(of: folder) != .folder {
      throw FileError(path: folder, reason: "is no folder of truth; check the path")
    }
  }

  /// The paths where the truth of a picture may be, the first one first.
  func candidates(for picture: String) -> [String] {
    let stem = URL(fileURLWithPath: picture).deletingPathExtension()
    let name = stem.lastPathComponent
    let chosen = folder.map { ["\($0)/\(name)\(ImageFiles.truthSuffix)", "\($0)/\(name).json"] }
    return (chosen ?? []) + [stem.path + ImageFiles.truthSuffix]
  }

  /// The truth of a picture; nil where nobody has told it.
  func truth(of picture: ReadPicture) throws(JSONError) -> Truth? {
    guard let path = candidates(for: picture.path).first(where: { PathKind(of: $0) == .file })
    else { return nil }
    return try Truth(contentsOf: path, of: picture)
  }
}
