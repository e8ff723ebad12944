public import LatentLensComponents
internal import LatentLensImaging

/// An image, ready for a model's encoder, and the way back to its pixels.
public struct VisualInput: Sendable {
  public let path: String
  public let imageWidth: Int
  public let imageHeight: Int
  public let pixels: PixelValues
  /// How its patches become visual tokens.
  public let arrangement: VisualArrangement
  /// Where each visual token lies.
  public let tokens: [VisualToken]
}

/// A visual token's place; a text token has none, and CLS, register and line-end tokens have neither.
public struct VisualToken: Sendable, Equatable {
  /// 0 for the view of the whole picture, 1 for that of its tiles.
  public let view: Int
  /// The row in the raster of the view's tokens; -1 where there is no place.
  public let row: Int
  public let column: Int
  /// The corners of its patches on the original image, in pixels: x0, y0, x1, y1, …
  public let polygon: [Double]
  /// The text of a text token.
  public let text: String?

  init(view: Int = 0, row: Int, column: Int, polygon: [Double]) {
    self.view = view
    self.row = row
    self.column = column
    self.polygon = polygon
    text = nil
  }

  /// A token without a place on the picture.
  init(text: String?) {
    view = 0
    row = -1
    column = -1
    polygon = []
    self.text = text
  }
}

extension Model {
  /// Reads and preprocesses an image as the model's own processor says.
  public func see(_ path: String) throws -> VisualInput {
    let image = try RGBImage(
      contentsOf: path, orientation: orientation == .exif ? .exif : .asStored)
    return try see(image, path: path)
  }

  /// Preprocesses a picture; `path` is the name that errors give.
  func see(_ image: RGBImage, path: String) throws -> VisualInput {
    let (vision, _, processor) = try requireVision()
    let processed = try processor(image, path: path)
    let pixels = PixelValues(processed, of: image)
    if let reason = vision.encoder.objection(to: pixels) {
      throw HostError(
        "\(path): preprocessing gives \(pixels.shape) pixels, but the encoder does not take them: "
          + "\(reason); check preprocessor_config.json")
    }
    let arrangement = try arrange(pixels, path: path)
    let patch = vision.encoder.grid(for: pixels).patchSize
    let tokens = arrangement.tokens.map { token in
      guard let place = token.place else { return VisualToken(text: nil) }
      let corners = processed.views[place.view].geometry.polygon(
        x: place.patchColumns.lowerBound * patch, y: place.patchRows.lowerBound * patch,
        width: place.patchColumns.count * patch, height: place.patchRows.count * patch)
      return VisualToken(
        view: place.view, row: place.row, column: place.column,
        polygon: corners.flatMap { [$0.x, $0.y] })
    }
    return VisualInput(
      path: path, imageWidth: image.width, imageHeight: image.height, pixels: pixels,
      arrangement: arrangement, tokens: tokens)
  }

  /// How the patches of pixels become visual tokens.
  func arrange(_ pixels: PixelValues, path: String) throws -> VisualArrangement {
    guard let vision, let bridge = vision.bridge else {
      preconditionFailure("only a vision-language model has visual tokens")
    }
    let rows = FeatureRows(
      crops: pixels.crops,
      prefix: bridge.features.keepsPrefix ? vision.encoder.prefixTokenCount : 0,
      grid: vision.encoder.grid(for: pixels))
    if let reason = bridge.connector.objection(to: rows, frame: pixels.frame) {
      throw HostError("\(path): \(reason)")
    }
    return bridge.connector.arrange(rows, frame: pixels.frame)
  }
}

extension PixelValues {
  /// What a processor made of a picture.
  init(_ processed: ImageProcessor.Output, of image: RGBImage) {
    var frame = ImageFrame()
    frame.imageHeight = image.height
    frame.imageWidth = image.width
    frame.patchRows = processed.patchGrid?.rows
    frame.patchColumns = processed.patchGrid?.columns
    frame.tileRows = processed.tileGrid?.rows
    frame.tileColumns = processed.tileGrid?.columns
    frame.tileMargins = processed.tileMargins
    frame.coverage = processed.coverage
    self.init(shape: processed.shape, values: processed.values, frame: frame)
  }
}
