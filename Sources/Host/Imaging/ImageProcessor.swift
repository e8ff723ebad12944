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
    /// The middle of the picture; black where the picture is smaller.
    case centerCrop(width: Int, height: Int)
    /// The picture in the middle of a square of a colour.
    case padToSquare([UInt8])
  }

  public let steps: [Step]
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

  public init(steps: [Step], rescaleFactor: Double?, normalization: Normalization?) {
    self.steps = steps
    self.rescaleFactor = rescaleFactor
    self.normalization = normalization
  }

  /// Pixels in the encoder's layout, and the way back to the picture.
  public struct Output: Sendable {
    /// `[3, height, width]`, row-major.
    public let values: [Float]
    public let height: Int
    public let width: Int
    public let geometry: PixelMap
  }

  /// Runs the steps; `path` is the name that errors give.
  ///
  /// - Throws: where a step would make a picture of unreasonable size, as a resize by the shorter side
  ///   does of a very long and thin one.
  public func callAsFunction(_ image: RGBImage, path: String) throws(ImageError) -> Output {
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
    return Output(
      values: values(of: picture), height: picture.height, width: picture.width,
      geometry: geometry)
  }

  /// Every byte has one value per channel, so that a table of 256 does the arithmetic once.
  private func values(of picture: RGBImage) -> [Float] {
    let count = picture.width * picture.height
    var values: [Float] = []
    values.reserveCapacity(3 * count)
    for channel in 0..<3 {
      let table = (0..<256).map { value(ofByte: $0, channel: channel) }
      for pixel in 0..<count { values.append(table[Int(picture.pixels[pixel * 3 + channel])]) }
    }
    return values
  }

  private func value(ofByte byte: Int, channel: Int) -> Float {
    let rescaled = Float(rescaleFactor.map { Double(byte) * $0 } ?? Double(byte))
    guard let normalization else { return rescaled }
    return (rescaled - Float(normalization.mean[channel]))
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
    case .resize(let width, let height, _), .centerCrop(let width, let height):
      return (width, height)
    case .padToSquare:
      let side = max(picture.width, picture.height)
      return (side, side)
    }
  }

  fileprivate func apply(to picture: inout RGBImage, _ geometry: inout PixelMap) {
    let size = size(after: picture)
    switch self {
    case .resizeShortestEdge(_, let filter), .resize(_, _, let filter):
      geometry.resize(from: (picture.width, picture.height), to: size)
      picture = picture.resized(width: size.width, height: size.height, filter: filter)
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
