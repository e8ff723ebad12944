/// An image processor: the steps from a picture to the numbers that an encoder sees.
///
/// The arithmetic is that of transformers' Pillow-backed processors: 8-bit resampling, then rescaling in
/// double precision and normalising in single precision.
public struct ImageProcessor: Sendable, Equatable {
  /// A step on 8-bit pixels.
  public enum Step: Sendable, Equatable {
    /// The shorter side becomes this long, the longer keeps the aspect, rounded down.
    case resizeShortestEdge(Int, ResamplingFilter)
    case resize(width: Int, height: Int, ResamplingFilter)
    /// Sides become the nearest multiples of a number that keep the picture's area within bounds, in
    /// pixels (Qwen 2 VL, arXiv 2409.12191; reference: transformers `smart_resize`).
    case resizeToArea(ClosedRange<Int>, multiplesOf: Int, ResamplingFilter)
    /// In floats that are rounded once, as torchvision resizes tensors: bicubic or bilinear; without
    /// antialiasing, bilinear from the two pixels around however much the picture shrinks.
    case resizeInFloats(width: Int, height: Int, isCubic: Bool, antialias: Bool)
    /// The middle of the picture; black where the picture is smaller.
    case centerCrop(width: Int, height: Int)
    /// The picture in the middle of a square of a colour.
    case padToSquare([UInt8])
  }

  /// What happens to the whole picture: the first view.
  public let steps: [Step]
  /// How pictures are cut into crops.
  public let cutting: Cutting
  /// What a byte is multiplied by; nil leaves 0 to 255.
  public let rescaleFactor: Double?
  /// Mean and standard deviation per channel; nil skips normalising.
  public let normalization: Normalization?

  /// `(x - mean) / deviation`, per channel.
  public struct Normalization: Sendable, Equatable {
    public let mean: [Double]
    public let deviation: [Double]

    public init(mean: [Double], deviation: [Double]) {
      self.mean = mean
      self.deviation = deviation
    }
  }

  public init(
    steps: [Step], cutting: Cutting = .whole, rescaleFactor: Double?,
    normalization: Normalization?
  ) {
    self.steps = steps
    self.cutting = cutting
    self.rescaleFactor = rescaleFactor
    self.normalization = normalization
  }

  /// Pixels in the encoder's layout, and the way back to the picture.
  public struct Output: Sendable {
    /// `[crops, 3, height, width]`, `[crops, patches, features]` or `[patches, features]`.
    public let shape: [Int]
    /// Row-major.
    public let values: [Float]
    /// The picture as a whole, then, where it is cut, the picture that tiles are cut from.
    public let views: [View]
    /// The raster of patches, where the encoder takes them cut already.
    public var patchGrid: (rows: Int, columns: Int)?
    /// The raster of tiles behind the first view.
    public var tileGrid: (rows: Int, columns: Int)?
    /// Patches of a tile that its neighbours show too: at its left and upper, and at its right and lower
    /// edge.
    public var tileMargins: [Int]?
    /// For each patch of the crops the share of it that is picture and not padding.
    public var coverage: [Float]?
  }

  /// A picture that crops are cut from: its size in pixels, and the way back to the original.
  public struct View: Sendable, Equatable {
    public let width: Int
    public let height: Int
    public let geometry: PixelMap
  }

  /// Runs the steps; `path` is the name that errors give.
  ///
  /// - Throws: where a step would make a picture of unreasonable size, as a resize by the shorter side
  ///   does of a very long and thin one.
  public func callAsFunction(_ image: RGBImage, path: String) throws(ImageError) -> Output {
    switch cutting {
    case .whole: return whole(try first(of: image, path: path))
    case .mergedPatches(let patch, let block, let frames):
      return try mergedPatches(
        first(of: image, path: path), patch: patch, block: block, frames: frames)
    case .tiles(let tiling): return try tiles(image, tiling, base: first(of: image, path: path))
    case .letterbox(let side, let patch):
      return letterboxed(image, side: side, patch: patch)
    case .overlappingTiles(let tiling): return overlappingTiles(image, tiling)
    }
  }

  /// The picture after all steps.
  private func first(
    of image: RGBImage, path: String
  ) throws(ImageError) -> (RGBImage, PixelMap) {
    var picture = image
    var geometry = PixelMap()
    for step in steps {
      let (width, height) = step.size(after: picture)
      guard width > 0, height > 0, width <= RGBImage.pixelLimit / height else {
        throw ImageError(
          path: path,
          reason: "is too long and thin: \(picture.width) x \(picture.height) pixels would become "
            + "\(width) x \(height); crop it first")
      }
      step.apply(to: &picture, &geometry)
    }
    return (picture, geometry)
  }

  /// The numbers that stand for bytes.
  func planes(_ picture: RGBImage) -> Planes { Planes(picture) { value(ofByte: $0, channel: $1) } }

  private func value(ofByte byte: Int, channel: Int) -> Float {
    normalized(Float(rescaleFactor.map { Double(byte) * $0 } ?? Double(byte)), channel)
  }

  func normalized(_ value: Float, _ channel: Int) -> Float {
    guard let normalization else { return value }
    return (value - Float(normalization.mean[channel]))
      / Float(normalization.deviation[channel])
  }
}

extension ImageProcessor.Step {
  /// The size that the step gives a picture.
  fileprivate func size(after picture: RGBImage) -> (width: Int, height: Int) {
    switch self {
    case .resizeShortestEdge(let edge, _):
      let (short, long) = (
        min(picture.width, picture.height), max(picture.width, picture.height)
      )
      let scaled = Int(Double(edge * long) / Double(short))
      return picture.width <= picture.height ? (edge, scaled) : (scaled, edge)
    case .resize(let width, let height, _), .centerCrop(let width, let height),
      .resizeInFloats(let width, let height, _, _):
      return (width, height)
    case .resizeToArea(let area, let factor, _):
      return Self.size(of: picture, within: area, multiplesOf: factor)
    case .padToSquare:
      let side = max(picture.width, picture.height)
      return (side, side)
    }
  }

  private static func size(
    of picture: RGBImage, within area: ClosedRange<Int>, multiplesOf factor: Int
  ) -> (width: Int, height: Int) {
    let (width, height) = (Double(picture.width), Double(picture.height))
    // Beyond this the reference gives up, too; no size at all is refused by the caller.
    guard max(width, height) / min(width, height) <= 200 else { return (0, 0) }
    let step = Double(factor)
    func multiple(_ side: Double, _ rule: FloatingPointRoundingRule) -> Int {
      Int((side / step).rounded(rule)) * factor
    }
    let nearest = (multiple(width, .toNearestOrEven), multiple(height, .toNearestOrEven))
    if nearest.0 * nearest.1 > area.upperBound {
      let shrink = (width * height / Double(area.upperBound)).squareRoot()
      return (
        max(factor, multiple(width / shrink, .down)), max(factor, multiple(height / shrink, .down))
      )
    }
    guard nearest.0 * nearest.1 < area.lowerBound else { return nearest }
    let stretch = (Double(area.lowerBound) / (width * height)).squareRoot()
    return (multiple(width * stretch, .up), multiple(height * stretch, .up))
  }

  fileprivate func apply(to picture: inout RGBImage, _ geometry: inout PixelMap) {
    let size = size(after: picture)
    switch self {
    case .resizeShortestEdge(_, let filter), .resize(_, _, let filter),
      .resizeToArea(_, _, let filter):
      geometry.resize(from: (picture.width, picture.height), to: size)
      picture = picture.resized(width: size.width, height: size.height, filter: filter)
    case .resizeInFloats(_, _, let isCubic, let antialias):
      geometry.resize(from: (picture.width, picture.height), to: size)
      picture = picture.resizedInFloats(
        width: size.width, height: size.height, isCubic: isCubic, antialias: antialias)
    case .centerCrop:
      // Rounded down also where the picture is smaller and the difference negative.
      let left = (picture.width - size.width) >> 1
      let top = (picture.height - size.height) >> 1
      picture = picture.cropped(left: left, top: top, width: size.width, height: size.height)
      geometry.crop(left: left, top: top)
    case .padToSquare(let color):
      let left = -((size.width - picture.width) / 2)
      let top = -((size.height - picture.height) / 2)
      picture = picture.cropped(
        left: left, top: top, width: size.width, height: size.height, fill: color)
      geometry.crop(left: left, top: top)
    }
  }
}
