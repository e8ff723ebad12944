package import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensImaging
package import LatentLensModels

/// A picture as a model will see it, whose pixels the model's encoder takes.
package struct CheckedImage: Sendable {
  package let path: String
  /// The size of the original picture in pixels, turned as it is seen.
  package let width: Int
  package let height: Int
  let prepared: PreparedImage

  /// The pixels in the encoder's own layout.
  package var pixels: PixelValues { prepared.pixels }
}

extension SightHalf {
  /// Reads a picture and prepares it as the model's own processor says.
  ///
  /// - Throws: `ImageError` where the file is no picture, `HostError` where the model has no processor, or
  ///   its processor and its encoder do not go together.
  package func see(_ path: String) throws -> CheckedImage {
    let picture = try RGBImage(
      contentsOf: path, orientation: orientation.decoding)
    return try see(picture, path: path)
  }

  /// Prepares a picture; `path` is the name that errors give.
  func see(_ picture: RGBImage, path: String) throws(HostError) -> CheckedImage {
    let processor = try processor.get()
    let prepared: PreparedImage
    do {
      prepared = try processor.prepare(picture)
    } catch {
      throw HostError("\(path): \(error)")
    }
    do {
      try encoder.check(prepared.pixels)
    } catch {
      throw HostError(
        "\(path): preprocessing gives \(prepared.pixels.shape) pixels, but the encoder does not take "
          + "them: \(error); check preprocessor_config.json")
    }
    return CheckedImage(
      path: path, width: picture.width, height: picture.height, prepared: prepared)
  }
}
