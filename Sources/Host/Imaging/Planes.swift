internal import CLatentLensImaging

/// A picture of 32-bit floats, plane after plane: red, green, blue.
public struct Planes: Sendable, Equatable {
  public let width: Int
  public let height: Int
  /// `[3, height, width]`, row-major.
  public let values: [Float]

  public init(width: Int, height: Int, values: [Float]) {
    precondition(values.count == 3 * width * height, "values do not fill \(width) x \(height)")
    self.width = width
    self.height = height
    self.values = values
  }

  /// The bytes of a picture, each through its channel's table of 256 values.
  public init(_ picture: RGBImage, value: (_ byte: Int, _ channel: Int) -> Float) {
    var values: [Float] = []
    values.reserveCapacity(picture.pixels.count)
    for channel in 0..<3 {
      let table = (0..<256).map { value($0, channel) }
      for pixel in 0..<picture.width * picture.height {
        values.append(table[Int(picture.pixels[pixel * 3 + channel])])
      }
    }
    self.init(width: picture.width, height: picture.height, values: values)
  }

  subscript(channel: Int, y: Int, x: Int) -> Float {
    values[(channel * height + y) * width + x]
  }

  /// Another size, as torch's `interpolate` makes it.
  public func resized(width: Int, height: Int, _ interpolation: Interpolation) -> Planes {
    precondition(width > 0 && height > 0, "a picture has at least one pixel")
    let (isCubic, isAntialiased) =
      switch interpolation {
      case .bilinear(let antialias): (false, antialias)
      case .bicubic: (true, true)
      }
    // The resampler is C: it fills the borrowed memory of the new array.
    let resized = unsafe [Float](unsafeUninitializedCapacity: 3 * width * height) { target, count in
      let failed = unsafe values.withUnsafeBufferPointer { source in
        unsafe img_resize_float(
          source.baseAddress, UInt32(self.width), UInt32(self.height), target.baseAddress,
          UInt32(width), UInt32(height), 3, isCubic ? 1 : 0, isAntialiased ? 1 : 0)
      }
      precondition(failed == 0, "out of memory")
      count = 3 * width * height
    }
    return Planes(width: width, height: height, values: resized)
  }

  /// A window, which may reach beyond the picture; what lies there is zero.
  public func cropped(left: Int, top: Int, width: Int, height: Int) -> Planes {
    var cropped: [Float] = []
    cropped.reserveCapacity(3 * width * height)
    for channel in 0..<3 {
      for y in top..<top + height {
        for x in left..<left + width {
          let isInside = 0..<self.height ~= y && 0..<self.width ~= x
          cropped.append(isInside ? self[channel, y, x] : 0)
        }
      }
    }
    return Planes(width: width, height: height, values: cropped)
  }

  /// Every value through a function of its channel.
  public func mapped(_ value: (_ channel: Int, Float) -> Float) -> Planes {
    let plane = width * height
    return Planes(
      width: width, height: height,
      values: values.enumerated().map { value($0.offset / plane, $0.element) })
  }
}
