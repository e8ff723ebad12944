extension ImageProcessor {
  /// How pictures are cut into crops, and in which layout these reach the encoder.
  public enum Cutting: Sendable, Equatable {
    /// One crop, the picture: `[1, 3, height, width]`.
    case whole
    /// Patches in blocks that will be merged, each still for some frames: `[patches, features]` (Qwen).
    case mergedPatches(patch: Int, block: Int, frames: Int)
    /// The picture squashed into a square, then tiles of the picture fitted into the best of some
    /// resolutions: `[1 + tiles, 3, side, side]` (LLaVA-NeXT).
    case tiles(Tiling)
    /// The picture fitted into a black square, in floats: `[1, 3, side, side]` (the method's own VLMs
    /// with CLIP).
    case letterbox(side: Int, patch: Int)
    /// The picture in a square, then crops that overlap, each as patches: `[1 + tiles, patches,
    /// features]` (Molmo).
    case overlappingTiles(OverlappingTiling)
  }

  /// Tiles at the resolution that wastes least (arXiv 2310.03744; reference: transformers
  /// `LlavaNextImageProcessor`).
  public struct Tiling: Sendable, Equatable {
    /// The side of a tile, in pixels.
    public let side: Int
    /// Height and width of each resolution that is allowed, multiples of the side.
    public let resolutions: [[Int]]
    public let filter: ResamplingFilter

    public init(side: Int, resolutions: [[Int]], filter: ResamplingFilter) {
      self.side = side
      self.resolutions = resolutions
      self.filter = filter
    }

    /// The resolution that shows most of a picture, and of those the one that wastes least.
    private func resolution(width: Int, height: Int) -> (width: Int, height: Int) {
      var best = (width: side, height: side)
      var most = -1
      var least = Int.max
      for resolution in resolutions {
        let scale = min(
          Double(resolution[1]) / Double(width), Double(resolution[0]) / Double(height))
        let shown = min(
          Int(Double(width) * scale) * Int(Double(height) * scale), width * height)
        let wasted = resolution[0] * resolution[1] - shown
        if shown > most || shown == most && wasted < least {
          (most, least) = (shown, wasted)
          best = (resolution[1], resolution[0])
        }
      }
      return best
    }

    /// The raster of tiles that a picture of this size is cut into.
    public func raster(width: Int, height: Int) -> (rows: Int, columns: Int) {
      let best = resolution(width: width, height: height)
      return (best.height / side, best.width / side)
    }
  }

  func whole(_ first: (picture: RGBImage, geometry: PixelMap)) -> Output {
    let planes = planes(first.picture)
    return Output(
      shape: [1, 3, planes.height, planes.width], values: planes.values,
      views: [View(width: planes.width, height: planes.height, geometry: first.geometry)])
  }

  func mergedPatches(
    _ first: (picture: RGBImage, geometry: PixelMap), patch: Int, block: Int, frames: Int
  ) -> Output {
    let planes = planes(first.picture)
    let (rows, columns) = (planes.height / patch, planes.width / patch)
    return Output(
      shape: [rows * columns, 3 * frames * patch * patch],
      values: planes.mergedPatches(patch: patch, block: block, frames: frames),
      views: [View(width: planes.width, height: planes.height, geometry: first.geometry)],
      patchGrid: (rows, columns))
  }

  func tiles(
    _ image: RGBImage, _ tiling: Tiling, base: (picture: RGBImage, geometry: PixelMap)
  ) -> Output {
    let side = tiling.side
    let (rows, columns) = tiling.raster(width: image.width, height: image.height)
    let canvas = (width: columns * side, height: rows * side)
    let across = Double(canvas.width) / Double(image.width)
    let down = Double(canvas.height) / Double(image.height)
    let (width, height) =
      across < down
      ? (canvas.width, min(Int((Double(image.height) * across).rounded(.up)), canvas.height))
      : (min(Int((Double(image.width) * down).rounded(.up)), canvas.width), canvas.height)
    let (left, top) = ((canvas.width - width) / 2, (canvas.height - height) / 2)
    var geometry = PixelMap()
    geometry.resize(from: (image.width, image.height), to: (width, height))
    geometry.crop(left: -left, top: -top)
    let picture = image.resized(width: width, height: height, filter: tiling.filter)
      .cropped(left: -left, top: -top, width: canvas.width, height: canvas.height)
    var values = planes(base.picture).values
    for tile in 0..<rows * columns {
      let (y, x) = (tile / columns * side, tile % columns * side)
      values += planes(picture.cropped(left: x, top: y, width: side, height: side)).values
    }
    return Output(
      shape: [1 + rows * columns, 3, side, side], values: values,
      views: [
        View(width: side, height: side, geometry: base.geometry),
        View(width: canvas.width, height: canvas.height, geometry: geometry),
      ],
      tileGrid: (rows, columns))
  }

  func letterboxed(_ image: RGBImage, side: Int, patch: Int) -> Output {
    let fitted = Letterbox(image, width: side, height: side)
    return Output(
      shape: [1, 3, side, side], values: fitted.planes.mapped { normalized($1, $0) }.values,
      views: [View(width: side, height: side, geometry: fitted.geometry)],
      coverage: fitted.coverage(patch: patch))
  }
}

/// A picture fitted into the middle of a black rectangle without changing its aspect, in floats from 0
/// to 1, as Molmo's preprocessing does it with torch.
struct Letterbox {
  let planes: Planes
  let geometry: PixelMap
  private let left: Int
  private let top: Int
  private let width: Int
  private let height: Int

  init(_ image: RGBImage, width boxWidth: Int, height boxHeight: Int) {
    // The size is cut off in single precision, which now and then costs a pixel.
    let scale = min(
      Float(boxHeight) / Float(image.height), Float(boxWidth) / Float(image.width))
    width = max(1, Int(Float(image.width) * scale))
    height = max(1, Int(Float(image.height) * scale))
    left = (boxWidth - width) / 2
    top = (boxHeight - height) / 2
    var geometry = PixelMap()
    geometry.resize(from: (image.width, image.height), to: (width, height))
    geometry.crop(left: -left, top: -top)
    self.geometry = geometry
    planes = Planes(image) { byte, _ in Float(byte) / 255 }
      .resized(width: width, height: height, antialias: true)
      .mapped { min(max($1, 0), 1) }
      .cropped(left: -left, top: -top, width: boxWidth, height: boxHeight)
  }

  /// For each patch of a window the share of its pixels that show the picture.
  func coverage(patch: Int, left: Int = 0, top: Int = 0, side: Int? = nil) -> [Float] {
    let (windowWidth, windowHeight) = (side ?? planes.width, side ?? planes.height)
    func overlap(_ first: Int, _ picture: Range<Int>) -> Int {
      (first..<first + patch).clamped(to: picture).count
    }
    var shares: [Float] = []
    for y in stride(from: top, to: top + windowHeight, by: patch) {
      for x in stride(from: left, to: left + windowWidth, by: patch) {
        let seen =
          overlap(y, self.top..<self.top + height) * overlap(x, self.left..<self.left + width)
        shares.append(Float(seen) / Float(patch * patch))
      }
    }
    return shares
  }
}
