internal import Foundation
internal import LatentLensFormats

extension ModelManifest {
  /// Finds the manifest, or makes one for a bare checkpoint: a folder, a weights file that tells its own
  /// configuration, or `hf:OWNER/NAME`.
  init(locating source: String) throws {
    if source.hasPrefix("hf:") {
      self.init(name: String(source.dropFirst(3)), checkpoint: source)
    } else if WeightSources.recognize(source) {
      let name = URL(fileURLWithPath: source).standardizedFileURL.lastPathComponent
      self.init(name: name, checkpoint: source)
    } else if PathKind(of: source) == .file {
      try self.init(contentsOf: source)
    } else {
      throw HostError(
        "\(source): there is no such manifest or folder; give a model manifest, a checkpoint "
          + "folder, or hf:OWNER/NAME")
    }
  }
}
