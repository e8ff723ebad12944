public import LatentLensComponents

/// The processors of Molmo and Molmo 2: the picture in a square, then crops that overlap, of the picture in
/// the size that a raster of them covers best (arXiv 2409.17146; reference: transformers
/// `Molmo2ImageProcessor`, and the processor that Molmo ships).
public struct MolmoProcessor: ImageProcessor {
  public static let architectures = ["MolmoImageProcessor", "Molmo2ImageProcessor"]
  public static let irrelevantKeys =
    irrelevantProcessorKeys + [
      // Pictures are always resized.
      "do_resize", "default_to_square", "crop_size", "do_center_crop", "do_pad", "pad_size",
    ]

  private let configuration: Configuration
  private let margins: OverlapLayout.Margins

  public init(_ configuration: Configuration) {
    self.configuration = configuration
    margins = configuration.margins
  }

  public func prepare(_ picture: RGBImage) throws(ImageObjection) -> PreparedImage {
    let (side, patch) = (configuration.side, configuration.patch)
    let (window, margin) = (configuration.window * patch, margins.sum * patch)
    let raster = raster(height: picture.height, width: picture.width)
    let whole = try fitted(picture, width: side, height: side)
    let canvas = try fitted(
      picture, width: raster.columns * window + margin, height: raster.rows * window + margin)
    var crops = [whole.planes]
    var shares: [Float] = []
    for place in 0..<raster.rows * raster.columns {
      let (top, left) = (place / raster.columns * window, place % raster.columns * window)
      crops.append(canvas.planes.cropped(left: left, top: top, width: side, height: side))
      shares += canvas.box?.coverage(patch: patch, left: left, top: top, side: side) ?? []
    }
    // Molmo was trained with the crops' shares a crop too early, and with none for the last crop.
    if !shares.isEmpty {
      shares += Array(repeating: -1, count: configuration.perSide * configuration.perSide)
    }
    let pixels = PixelValues(crops: crops, inPatchesOf: patch)
    return PreparedImage(
      pixels, views: [whole.view, canvas.view],
      layout: OverlapLayout(
        rows: raster.rows, columns: raster.columns, margins: margins,
        padding: PatchPadding(of: pixels, shares: shares.isEmpty ? nil : shares)))
  }

  public func replay(_ tensors: any CapturedTensors) throws(ImageObjection) -> PreparedImage {
    let pixels = try tensors.patchedCrops()
    let grids = try tensors.counts(
      "image_grids", 4, meaning: "rows and columns of tokens, of both views")
    // Two patches along each axis become a token; an odd one at the end has its own.
    func tokens(_ crops: Int) -> Int { (crops * configuration.window + margins.sum + 1) / 2 }
    let count = pixels.crops - 1
    let rows = (1..<max(count, 1) + 1).first { rows in
      count % rows == 0 && grids?[2] == tokens(rows) && grids?[3] == tokens(count / rows)
    }
    guard let rows, count > 0 else {
      throw tensors.objection(
        "\(pixels.crops) crops are no whole picture and a raster of its parts; the raster is told by "
          + "the checkpoint's own processor, or by image_grids")
    }
    return PreparedImage(
      pixels,
      layout: OverlapLayout(
        rows: rows, columns: count / rows, margins: margins,
        padding: PatchPadding(of: pixels, shares: tensors.floats("image_masks"))))
  }

  public func level(of value: Double, channel: Int) -> Double {
    configuration.normalization.level(of: value, channel: channel)
  }

  /// A picture in a size.
  private struct Fitted {
    let planes: Planes
    let view: ImageView
    /// Nil where nothing is padded.
    var box: Letterbox?
  }

  private func fitted(
    _ picture: RGBImage, width: Int, height: Int
  ) throws(ImageObjection) -> Fitted {
    let normalization = configuration.normalization
    switch configuration.fit {
    case .squash:
      let framed = try FramedPicture(picture)
        .resizedInFloats(width: width, height: height, .bilinear(antialias: false))
      return Fitted(planes: normalization(framed.picture), view: ImageView(framed))
    case .letterbox:
      let box = Letterbox(picture, width: width, height: height)
      return Fitted(
        planes: normalization(scaled: box.planes), view: ImageView(box), box: box)
    }
  }

  /// The raster of crops that has to shrink the picture least, or else to enlarge it least.
  private func raster(height: Int, width: Int) -> (rows: Int, columns: Int) {
    let limit = configuration.limit
    let rasters = (1...limit).flatMap { rows in
      (1...limit / rows).map { (rows: rows, columns: $0) }
    }.sorted { ($0.rows * $0.columns, $0.rows) < ($1.rows * $1.columns, $1.rows) }
    let (window, margin) = (
      configuration.window * configuration.patch, margins.sum * configuration.patch
    )
    let scales = rasters.map {
      min(
        Float($0.rows * window) / Float(height - margin),
        Float($0.columns * window) / Float(width - margin))
    }
    let mustShrink = scales.allSatisfy { $0 < 1 }
    func cost(_ scale: Float) -> Float { mustShrink ? -scale : scale < 1 ? 10e9 : scale }
    var best = 0
    for index in scales.indices where cost(scales[index]) < cost(scales[best]) { best = index }
    return rasters[best]
  }
}
