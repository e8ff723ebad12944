internal import Foundation
internal import LatentLensFormats

extension ContextualIndex {
  /// Reads every file and compares its size and SHA-256 with those of `index.json`.
  ///
  /// - Throws: `IndexError` that names the first file that differs.
  package func verify() throws {
    for record in description.files {
      // A name that leads elsewhere is none of ours.
      guard !record.name.contains("/") else {
        throw IndexError("\(descriptionFile): lists `\(record.name)`, which is no file of an index")
      }
      let file = "\(path)/\(record.name)"
      let size = try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int
      guard size == record.bytes else {
        throw IndexError(
          "\(file): has \(size.map(String.init) ?? "no") bytes instead of \(record.bytes); "
            + "build the index again")
      }
      guard try SHA256.digest(ofFile: file) == record.sha256 else {
        throw IndexError("\(file): is not what was written (SHA-256); build the index again")
      }
    }
  }
}
