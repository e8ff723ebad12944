internal import CLatentLensImaging

extension RGBImage {
  /// A colour of 8 bits a channel.
  public struct Color: Sendable, Equatable {
    public let red: UInt8
    public let green: UInt8
    public let blue: UInt8

    public init(red: UInt8, green: UInt8, blue: UInt8) {
      self.red = red
      self.green = green
      self.blue = blue
    }

    public static let black = Color(red: 0, green: 0, blue: 0)
  }

  /// The picture in another size, bit for bit as Pillow's `resize` makes it.
  public func resized(width: Int, height: Int, _ filter: ResamplingFilter) -> RGBImage {
    precondition(width > 0 && height > 0, "a picture has at least one pixel")
    // The resampler is C: it fills the borrowed memory of the new array.
    let pixels = unsafe [UInt8](unsafeUninitializedCapacity: width * height * 3) { target, count in
      let failed = unsafe self.pixels.withUnsafeBufferPointer { source in
        unsafe img_resize(
          source.baseAddress, UInt32(self.width), UInt32(self.height), target.baseAddress,
          UInt32(width), UInt32(height), img_filter(rawValue: UInt32(filter.rawValue)))
      }
      precondition(failed == 0, "out of memory")
      count = width * height * 3
    }
    return RGBImage(width: width, height: height, pixels: pixels)
  }

  /// The picture in another size, resampled in floats as torch's `interpolate` does and rounded once, to
  /// nearest even.
  public func resizedInFloats(
    width: Int, height: Int, _ interpolation: Interpolation
  ) -> RGBImage {
    let planes = Planes(self) { byte, _ in Float(byte) }
      .resized(width: width, height: height, interpolation)
    let plane = width * height
    let pixels = (0..<3 * plane).map { index in
      UInt8(
        min(max(planes.values[index % 3 * plane + index / 3].rounded(.toNearestOrEven), 0), 255))
    }
    return RGBImage(width: width, height: height, pixels: pixels)
  }

  /// A window of the picture; what lies outside of it is `fill`.
  public func cropped(
    left: Int, top: Int, width: Int, height: Int, fill: Color = .black
  ) -> RGBImage {
    var cropped: [UInt8] = []
    cropped.reserveCapacity(width * height * 3)
    func pad(_ count: Int) {
      for _ in 0..<count {
        cropped.append(fill.red)
        cropped.append(fill.green)
        cropped.append(fill.blue)
      }
    }
    let columns = max(0, left)..<max(max(0, left), min(self.width, left + width))
    let padding = min(width, max(0, -left))
    for y in top..<top + height {
      guard 0..<self.height ~= y, !columns.isEmpty else {
        pad(width)
        continue
      }
      pad(padding)
      let row = y * self.width
      cropped += pixels[(row + columns.lowerBound) * 3..<(row + columns.upperBound) * 3]
      pad(width - padding - columns.count)
    }
    return RGBImage(width: width, height: height, pixels: cropped)
  }
}
