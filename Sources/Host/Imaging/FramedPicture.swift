/// A picture on its way to an encoder, and the way back from its pixels to the original's.
///
/// Every verb gives a new picture with its map; one that would become absurdly large is refused.
public struct FramedPicture: Sendable, Equatable {
  public let picture: RGBImage
  /// From places of this picture to places of the original.
  public let map: PixelMap

  public var width: Int { picture.width }
  public var height: Int { picture.height }

  /// The most numbers, three a pixel, that a picture may become: a gigabyte of floats.
  public static let valueLimit = 1 << 28

  /// A picture as it is.
  public init(_ picture: RGBImage) {
    self.init(picture, PixelMap())
  }

  private init(_ picture: RGBImage, _ map: PixelMap) {
    self.picture = picture
    self.map = map
  }

  /// Another size, as Pillow resamples.
  public func resized(
    width: Int, height: Int, _ filter: ResamplingFilter
  ) throws(ImageObjection) -> FramedPicture {
    try check(width, height)
    return scaled(picture.resized(width: width, height: height, filter))
  }

  /// Another size, as torch resamples floats, rounded to bytes.
  public func resizedInFloats(
    width: Int, height: Int, _ interpolation: Interpolation
  ) throws(ImageObjection) -> FramedPicture {
    try check(width, height)
    return scaled(picture.resizedInFloats(width: width, height: height, interpolation))
  }

  /// The shorter side becomes this long; the longer keeps the aspect, rounded down.
  public func resized(
    shortestEdge edge: Int, _ filter: ResamplingFilter
  ) throws(ImageObjection) -> FramedPicture {
    let scaled = Int(Double(edge * max(width, height)) / Double(min(width, height)))
    return width <= height
      ? try resized(width: edge, height: scaled, filter)
      : try resized(width: scaled, height: edge, filter)
  }

  /// Sides become the nearest multiples of a number that keep the area within bounds, in pixels (Qwen 2
  /// VL, arXiv 2409.12191; reference: transformers `smart_resize`).
  public func resized(
    toArea area: ClosedRange<Int>, multiplesOf factor: Int, _ filter: ResamplingFilter
  ) throws(ImageObjection) -> FramedPicture {
    let (width, height) = (Double(width), Double(height))
    guard max(width, height) / min(width, height) <= 200 else {
      throw ImageObjection(
        "is too long and thin: \(self.width) x \(self.height) pixels; crop it to an aspect of at "
          + "most 200")
    }
    let step = Double(factor)
    func multiple(_ side: Double, _ rule: FloatingPointRoundingRule) -> Int {
      Int((side / step).rounded(rule)) * factor
    }
    var size = (multiple(width, .toNearestOrEven), multiple(height, .toNearestOrEven))
    if size.0 * size.1 > area.upperBound {
      let shrink = (width * height / Double(area.upperBound)).squareRoot()
      size = (
        max(factor, multiple(width / shrink, .down)), max(factor, multiple(height / shrink, .down))
      )
    } else if size.0 * size.1 < area.lowerBound {
      let stretch = (Double(area.lowerBound) / (width * height)).squareRoot()
      size = (multiple(width * stretch, .up), multiple(height * stretch, .up))
    }
    return try resized(width: size.0, height: size.1, filter)
  }

  /// The middle; black where the picture is smaller.
  public func centerCropped(width: Int, height: Int) throws(ImageObjection) -> FramedPicture {
    // Rounded down also where the picture is smaller and the difference negative.
    try cropped(
      left: (self.width - width) >> 1, top: (self.height - height) >> 1, width: width,
      height: height)
  }

  /// The picture in the middle of a square of a colour.
  public func paddedToSquare(_ color: RGBImage.Color) throws(ImageObjection) -> FramedPicture {
    let side = max(width, height)
    return try cropped(
      left: -((side - width) / 2), top: -((side - height) / 2), width: side, height: side,
      fill: color)
  }

  /// A window, which may reach beyond the picture; what lies there has a colour.
  public func cropped(
    left: Int, top: Int, width: Int, height: Int, fill: RGBImage.Color = .black
  ) throws(ImageObjection) -> FramedPicture {
    try check(width, height)
    var map = map
    map.crop(left: left, top: top)
    return FramedPicture(
      picture.cropped(left: left, top: top, width: width, height: height, fill: fill), map)
  }

  private func scaled(_ resized: RGBImage) -> FramedPicture {
    var map = map
    map.resize(from: (width, height), to: (resized.width, resized.height))
    return FramedPicture(resized, map)
  }

  private func check(_ width: Int, _ height: Int) throws(ImageObjection) {
    guard width > 0, height > 0, width <= Self.valueLimit / 3 / height else {
      throw ImageObjection(
        "\(self.width) x \(self.height) pixels would become \(width) x \(height), which is no "
          + "reasonable size; crop it first")
    }
  }
}
