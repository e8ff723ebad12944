extension ImageProcessor {
  /// Crops that overlap, of a picture in the size that a raster of them covers best (arXiv 2409.17146;
  /// reference: transformers `Molmo2ImageProcessor`, and the processor that Molmo ships).
  public struct OverlappingTiling: Sendable, Equatable {
    /// How a picture is brought to a size.
    public enum Fit: Sendable, Equatable {
      /// Without regard to its aspect, bilinear without antialiasing, rounded to bytes (Molmo 2).
      case squash
      /// Into the middle of black, bilinear with antialiasing, in floats (Molmo).
      case letterbox
    }

    /// The side of a crop and of a patch, in pixels.
    public let side: Int
    public let patch: Int
    /// Patches of a crop that others show too: at its left and upper, and at its right and lower edge.
    public let margins: [Int]
    /// The most crops beside the whole picture.
    public let limit: Int
    public let fit: Fit

    public init(side: Int, patch: Int, margins: [Int], limit: Int, fit: Fit) {
      self.side = side
      self.patch = patch
      self.margins = margins
      self.limit = limit
      self.fit = fit
    }

    /// The pixels that a crop adds to a row of crops, and those that the row has beside.
    var window: Int { (side / patch - margins[0] - margins[1]) * patch }
    var margin: Int { (margins[0] + margins[1]) * patch }

    /// The raster of crops that has to shrink the picture least, or else to enlarge it least.
    func raster(height: Int, width: Int) -> (rows: Int, columns: Int) {
      var rasters: [(rows: Int, columns: Int)] = []
      for rows in 1...limit {
        for columns in 1...limit where rows * columns <= limit { rasters.append((rows, columns)) }
      }
      rasters.sort { ($0.rows * $0.columns, $0.rows) < ($1.rows * $1.columns, $1.rows) }
      let (height, width) = (Float(height - margin), Float(width - margin))
      let scales = rasters.map {
        min(Float($0.rows * window) / height, Float($0.columns * window) / width)
      }
      var best = 0
      let mustShrink = scales.allSatisfy { $0 < 1 }
      func cost(_ scale: Float) -> Float { mustShrink ? -scale : scale < 1 ? 10e9 : scale }
      for index in scales.indices where cost(scales[index]) < cost(scales[best]) { best = index }
      return rasters[best]
    }
  }

  func overlappingTiles(_ image: RGBImage, _ tiling: OverlappingTiling) -> Output {
    let raster = tiling.raster(height: image.height, width: image.width)
    let width = raster.columns * tiling.window + tiling.margin
    let height = raster.rows * tiling.window + tiling.margin
    let (base, canvas) = (
      fitted(image, tiling, width: tiling.side, height: tiling.side),
      fitted(image, tiling, width: width, height: height)
    )
    let side = tiling.side
    var crops = [base.planes]
    var coverage: [Float] = []
    for tile in 0..<raster.rows * raster.columns {
      let top = tile / raster.columns * tiling.window
      let left = tile % raster.columns * tiling.window
      crops.append(canvas.planes.cropped(left: left, top: top, width: side, height: side))
      coverage +=
        canvas.box?.coverage(patch: tiling.patch, left: left, top: top, side: side) ?? []
    }
    let perSide = side / tiling.patch
    // Molmo was trained with the tiles' shares a crop too early, and none for the last crop.
    if !coverage.isEmpty { coverage += Array(repeating: -1, count: perSide * perSide) }
    return Output(
      shape: [crops.count, perSide * perSide, 3 * tiling.patch * tiling.patch],
      values: crops.flatMap { $0.interleavedPatches(patch: tiling.patch) },
      views: [
        View(width: side, height: side, geometry: base.geometry),
        View(width: width, height: height, geometry: canvas.geometry),
      ],
      tileGrid: raster, tileMargins: tiling.margins, coverage: coverage.isEmpty ? nil : coverage)
  }

  private func fitted(
    _ image: RGBImage, _ tiling: OverlappingTiling, width: Int, height: Int
  ) -> (planes: Planes, geometry: PixelMap, box: Letterbox?) {
    switch tiling.fit {
    case .squash:
      var geometry = PixelMap()
      geometry.resize(from: (image.width, image.height), to: (width, height))
      let picture = image.resizedInFloats(width: width, height: height, antialias: false)
      return (planes(picture), geometry, nil)
    case .letterbox:
      let box = Letterbox(image, width: width, height: height)
      return (box.planes.mapped { normalized($1, $0) }, box.geometry, box)
    }
  }
}
