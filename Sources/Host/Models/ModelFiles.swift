package import LatentLensComponents
internal import LatentLensFormats
package import LatentLensTokenization

/// The small files of a model, read without its weights.
package struct ModelFiles: Sendable {
  private let manifest: ModelManifest
  private let textSource: any WeightSource
  private let imageSource: any WeightSource

  /// Finds the files of a manifest, a checkpoint or `hf:OWNER/NAME@REVISION`.
  package init(_ source: String) throws {
    manifest = try ModelManifest(locating: source)
    switch manifest.source {
    case .checkpoint(let locator):
      textSource = try WeightSources.open(locator)
      imageSource = textSource
    case .parts(let parts, _):
      let decoder = parts[.decoder] ?? parts[.encoder]
      let encoder = parts[.encoder] ?? decoder
      guard let decoder, let encoder else { throw HostError("\(source): names no weights") }
      textSource = try WeightSources.open(decoder.weights)
      imageSource = try WeightSources.open(encoder.weights)
    }
  }

  /// How stored images are turned before they are seen.
  package var orientation: RGBImage.Orientation { manifest.orientation.decoding }

  /// - Throws: `HostError` where the model has none, `TokenizerError` for a file that cannot be read.
  package func tokenizer() throws -> Tokenizer {
    guard let stored = try textSource.tokenizer() else {
      throw StoredTokenizer.absent(in: manifest.file)
    }
    return stored.tokenizer
  }

  /// The image processor, found by its class among the registered.
  ///
  /// - Throws: `HostError` where the model has none, `JSONError` for a file that describes none of those
  ///   that are known, `UnreadKeysError` for one that asks for something it does not do.
  package func imageProcessor(_ registry: Registry) throws -> any ImageProcessor {
    let stored = try StoredProcessor(manifest: manifest, source: imageSource, registry: registry)
    guard let stored else { throw StoredProcessor.absent(in: manifest.file) }
    guard stored.unreadKeys.isEmpty else { throw UnreadKeysError(stored.unreadKeys) }
    return stored.processor
  }
}

extension ModelManifest.ImageOrientation {
  /// How pictures are decoded for it.
  package var decoding: RGBImage.Orientation { self == .exif ? .exif : .asStored }
}

extension StoredTokenizer {
  /// Why a model has no tokenizer.
  static func absent(in source: String) -> HostError {
    HostError(
      "\(source): has no tokenizer; put tokenizer.json beside the weights of a folder, or take a GGUF "
        + "file that has a vocabulary")
  }
}
