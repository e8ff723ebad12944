internal import Foundation
internal import LatentLensFormats

extension ModelManifest {
  /// Finds the manifest, or makes one for a bare checkpoint folder or `hf:OWNER/NAME`.
  init(locating source: String) throws {
    let kind = PathKind(of: source)
    if source.hasPrefix("hf:") || kind == .folder {
      let name = source.hasPrefix("hf:") ? String(source.dropFirst(3)) : Self.folderName(source)
      self.init(name: name, source: .checkpoint(source), file: source)
    } else if kind == .file {
      try self.init(contentsOf: source)
    } else {
      throw HostError(
        "\(source): there is no such manifest or folder; give a model manifest, a checkpoint "
          + "folder, or hf:OWNER/NAME")
    }
  }

  private static func folderName(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent
  }
}
