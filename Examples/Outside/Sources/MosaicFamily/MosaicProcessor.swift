public import LatentLensComponents

/// Cuts a picture in two along its longer side, or in four if its sides are not far apart.
public struct MosaicProcessor: ImageProcessor {
  public static let architectures = ["MosaicImageProcessor"]

  public struct Configuration: AdapterConfiguration {
    /// The side of a piece as the encoder sees it, in pixels.
    let side: Int
    let filter: ResamplingFilter
    let normalization: Normalization

    public init(_ keys: ConfigurationKeys) throws {
      side = try keys.size("piece_size", default: 224, limit: 4096)
      filter = try keys.filter(default: .bicubic)
      normalization = try keys.scaling(.half)
    }
  }

  private let configuration: Configuration

  public init(_ configuration: Configuration) {
    self.configuration = configuration
  }

  public func prepare(_ picture: RGBImage) throws(ImageObjection) -> PreparedImage {
    let side = configuration.side
    let layout = MosaicLayout(ofPicture: picture.width, picture.height)
    let whole = try FramedPicture(picture).resized(
      width: layout.columns * side, height: layout.rows * side, configuration.filter)
    let pieces = (0..<layout.rows * layout.columns).map { piece in
      whole.picture.cropped(
        left: piece % layout.columns * side, top: piece / layout.columns * side, width: side,
        height: side)
    }
    return PreparedImage(
      PixelValues(crops: pieces.map { configuration.normalization($0) }),
      views: [ImageView(whole)], layout: layout)
  }

  /// Takes the raster of the pieces as `mosaic_raster`, rows and columns.
  public func replay(_ tensors: any CapturedTensors) throws(ImageObjection) -> PreparedImage {
    guard let raster = try tensors.counts("mosaic_raster", 2, meaning: "rows and columns of pieces")
    else { throw tensors.objection("needs mosaic_raster beside it") }
    return PreparedImage(
      try tensors.planes(), layout: MosaicLayout(rows: raster[0], columns: raster[1]))
  }

  public func level(of value: Double, channel: Int) -> Double {
    configuration.normalization.level(of: value, channel: channel)
  }
}

/// The raster in which a picture is cut into pieces: what the connector has to know.
public struct MosaicLayout: ImageLayout, Equatable {
  public let rows: Int
  public let columns: Int

  init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  init(ofPicture width: Int, _ height: Int) {
    rows = 2 * width >= 3 * height ? 1 : 2
    columns = 2 * height >= 3 * width ? 1 : 2
  }
}
