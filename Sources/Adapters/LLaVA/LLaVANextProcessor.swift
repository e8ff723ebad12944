public import LatentLensComponents

/// The processor of LLaVA-NeXT: the picture squashed into a square, then tiles of the picture fitted into
/// the resolution that shows most of it (arXiv 2310.03744; reference: transformers
/// `LlavaNextImageProcessor`).
public struct LLaVANextProcessor: ImageProcessor {
  public static let architectures = ["LlavaNextImageProcessor"]
  public static let irrelevantKeys =
    irrelevantProcessorKeys + [
      // Tiles have their size before these look at it.
      "do_resize", "do_center_crop", "default_to_square",
      // Brings the pictures of a batch to one number of tiles.
      "do_pad",
    ]

  public struct Configuration: AdapterConfiguration {
    /// The side of a tile, in pixels.
    let side: Int
    /// The resolutions that are allowed, whose sides are multiples of a tile's.
    let resolutions: [(width: Int, height: Int)]
    let filter: ResamplingFilter
    let normalization: Normalization

    public init(_ keys: ConfigurationKeys) throws {
      guard let crop = try (keys.pictureSize("crop_size") ?? .number(224)).square else {
        throw keys.damaged("crop_size", "needs a height and a width that are the same")
      }
      let edge: Int? =
        switch try keys.pictureSize("size") ?? .shortestEdge(224) {
        case .shortestEdge(let edge): edge
        case let size: size.square
        }
      guard edge == crop else {
        throw keys.damaged("size", "differs from the crop of \(crop) pixels")
      }
      side = crop
      let told =
        try keys.value("image_grid_pinpoints", as: [[Int]].self)
        ?? [[336, 672], [672, 336], [672, 672], [1008, 336], [336, 1008]]
      let allowed = 1...PictureSize.limit
      guard
        told.allSatisfy({ $0.count == 2 && $0.allSatisfy { allowed ~= $0 && $0 % crop == 0 } })
      else {
        throw keys.damaged(
          "image_grid_pinpoints",
          "needs heights and widths that are multiples of the crop of \(crop) pixels, up to "
            + "\(PictureSize.limit)")
      }
      resolutions = told.map { ($0[1], $0[0]) }
      let largest = resolutions.map { $0.width * $0.height }.max() ?? 0
      guard 3 * (largest + crop * crop) <= FramedPicture.valueLimit else {
        throw keys.damaged(
          "image_grid_pinpoints",
          "asks for pictures of \(largest) pixels, which is no reasonable size")
      }
      filter = try keys.filter(default: .bicubic)
      normalization = try keys.scaling(.clip)
    }
  }

  private let configuration: Configuration

  public init(_ configuration: Configuration) {
    self.configuration = configuration
  }

  public func prepare(_ picture: RGBImage) throws(ImageObjection) -> PreparedImage {
    let (side, normalization) = (configuration.side, configuration.normalization)
    let whole = try FramedPicture(picture).resized(width: side, height: side, configuration.filter)
    let layout = layout(width: picture.width, height: picture.height)
    let canvas = try fitted(picture, into: (layout.tileColumns * side, layout.tileRows * side))
    let tiles = (0..<layout.tileRows * layout.tileColumns).map { tile in
      canvas.picture.cropped(
        left: tile % layout.tileColumns * side, top: tile / layout.tileColumns * side, width: side,
        height: side)
    }
    return PreparedImage(
      PixelValues(crops: ([whole.picture] + tiles).map { normalization($0) }),
      views: [ImageView(whole), ImageView(canvas)], layout: layout)
  }

  public func replay(_ tensors: any CapturedTensors) throws(ImageObjection) -> PreparedImage {
    let pixels = try tensors.planes()
    let meaning = "the height and width of the picture"
    if let size = try tensors.counts("image_sizes", 2, meaning: meaning) {
      return PreparedImage(pixels, layout: layout(width: size[1], height: size[0]))
    }
    guard pixels.crops == 1 else {
      throw tensors.objection("\(pixels.crops) crops need image_sizes beside them: \(meaning)")
    }
    let whole = try pixels.planes()
    return PreparedImage(
      pixels,
      layout: TileLayout(
        tileRows: 0, tileColumns: 0, imageWidth: whole.width, imageHeight: whole.height))
  }

  public func level(of value: Double, channel: Int) -> Double {
    configuration.normalization.level(of: value, channel: channel)
  }

  /// The picture in the middle of a box.
  private func fitted(
    _ picture: RGBImage, into box: (width: Int, height: Int)
  ) throws(ImageObjection) -> FramedPicture {
    let across = Double(box.width) / Double(picture.width)
    let down = Double(box.height) / Double(picture.height)
    let (width, height) =
      across < down
      ? (box.width, min(Int((Double(picture.height) * across).rounded(.up)), box.height))
      : (min(Int((Double(picture.width) * down).rounded(.up)), box.width), box.height)
    return try FramedPicture(picture)
      .resized(width: width, height: height, configuration.filter)
      .cropped(
        left: -((box.width - width) / 2), top: -((box.height - height) / 2), width: box.width,
        height: box.height)
  }

  /// The raster of tiles of the resolution that shows most of a picture, and of those that show as much of
  /// the one that wastes least.
  private func layout(width: Int, height: Int) -> TileLayout {
    let side = configuration.side
    var best = (width: side, height: side)
    var (most, least) = (-1, Int.max)
    for resolution in configuration.resolutions {
      let scale = min(
        Double(resolution.width) / Double(width), Double(resolution.height) / Double(height))
      let shown = min(
        Int(Double(width) * scale) * Int(Double(height) * scale), width * height)
      let wasted = resolution.width * resolution.height - shown
      if shown > most || shown == most && wasted < least {
        (most, least, best) = (shown, wasted, resolution)
      }
    }
    return TileLayout(
      tileRows: best.height / side, tileColumns: best.width / side, imageWidth: width,
      imageHeight: height)
  }
}
