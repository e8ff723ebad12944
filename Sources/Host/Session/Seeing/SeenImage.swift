package import LatentLensComponents
package import LatentLensFormats
package import LatentLensImaging
package import LatentLensModels

/// A picture that a vision-language model is ready to read, and where its visual tokens lie.
package struct SeenImage: Sendable {
  package let path: String
  /// The size of the original picture in pixels, turned as it is seen.
  package let width: Int
  package let height: Int
  /// The visual tokens in the order of the sequence.
  package let tokens: [VisualToken]
  let input: VisualInput

  /// The pixels in the encoder's own layout.
  package var pixels: PixelValues { input.pixels }
}

/// Pixels that an encoder takes, and what makes visual tokens of their features.
struct VisualInput: Sendable {
  let pixels: PixelValues
  let source: any VisualSource

  var arrangement: VisualArrangement { source.arrangement }
}

extension VisionLanguage {
  /// Reads a picture, prepares it, and finds the place of each visual token.
  ///
  /// - Throws: `ImageError` where the file is no picture, `HostError` where the model's processor, encoder
  ///   and connector do not go together.
  package func see(_ path: String) throws -> SeenImage {
    try arrange(sight.see(path))
  }

  /// Sees a picture that is in memory; `path` is the name that errors give.
  package func see(_ picture: RGBImage, path: String) throws(HostError) -> SeenImage {
    try arrange(sight.see(picture, path: path))
  }

  /// Finds the places of an image's visual tokens.
  func arrange(_ image: CheckedImage) throws(HostError) -> SeenImage {
    let input = try arrange(image.prepared, path: image.path)
    let patch = sight.encoder.grid(for: image.pixels).patchSize
    var tokens: [VisualToken] = []
    for token in input.arrangement.tokens {
      let place = try token.place.map { (place) throws(HostError) in
        try Self.locate(place, on: image, patch: patch)
      }
      tokens.append(VisualToken(place: place))
    }
    return SeenImage(
      path: image.path, width: image.width, height: image.height, tokens: tokens, input: input)
  }

  /// How the patches of prepared pixels become visual tokens; `path` is the name that errors give.
  func arrange(_ image: PreparedImage, path: String) throws(HostError) -> VisualInput {
    let encoder = sight.encoder
    let rows = FeatureRows(
      crops: image.pixels.crops,
      prefix: bridge.joint.features.keepsPrefix ? encoder.prefixTokenCount : 0,
      grid: encoder.grid(for: image.pixels))
    do {
      return VisualInput(
        pixels: image.pixels, source: try bridge.connector.arranged(rows, image))
    } catch {
      throw HostError("\(path): \(error)")
    }
  }

  /// From the patches of a view to the pixels of the original picture.
  private static func locate(
    _ place: VisualArrangement.Place, on image: CheckedImage, patch: Int
  ) throws(HostError) -> VisualToken.Place {
    guard image.prepared.views.indices.contains(place.view) else {
      throw HostError(
        "\(image.path): the connector has tokens of view \(place.view), but the image processor tells "
          + "of \(image.prepared.views.count) views; they do not belong together")
    }
    let corners = image.prepared.views[place.view].map.polygon(
      x: place.patchColumns.lowerBound * patch, y: place.patchRows.lowerBound * patch,
      width: place.patchColumns.count * patch, height: place.patchRows.count * patch)
    return VisualToken.Place(
      view: place.view, row: place.row, column: place.column,
      polygon: corners.flatMap { [$0.x, $0.y] })
  }
}
