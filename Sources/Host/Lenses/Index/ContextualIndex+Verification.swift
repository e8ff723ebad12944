internal import Foundation
internal import LatentLensFormats
internal import LatentLensKernels
internal import LatentLensTensors

extension ContextualIndex {
  /// Reads every file, compares its size and SHA-256 with those of `index.json`, and makes sure that rows are
  /// numbers.
  ///
  /// - Throws: `IndexError` that names the first file that differs, or the first row that holds a NaN or an
  ///   infinity.
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
    for layer in storedLayers { try requireFinite(layer) }
  }

  private func requireFinite(_ layer: StoredLayer) throws(IndexError) {
    let file = "\(path)/\(IndexDescription.fileName(ofLayer: layer.number))"
    let step = 1024
    for first in stride(from: 0, to: rows, by: step) {
      let values = layer.embeddings.rows(first..<min(first + step, rows)).floats()
      if let place = values.firstIndex(where: { !$0.isFinite }) {
        throw IndexError(
          "\(file): row \(first + place / description.hiddenSize) has "
            + "\(values[place].isNaN ? "a NaN" : "an infinity"); build the index again")
      }
    }
    let common = [layer.common.mean] + layer.common.directions
    guard common.joined().allSatisfy(\.isFinite) else {
      throw IndexError(
        "\(path)/\(CommonPartsFile.fileName): what the rows of layer \(layer.number) have in common holds a "
          + "NaN or an infinity; build the index again")
    }
  }
}
