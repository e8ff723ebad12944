internal import CLatentLensImaging

extension RGBImage {
  /// A rectangle of whole pixels.
  public struct Rectangle: Sendable, Hashable {
    public let columns: Range<Int>
    public let rows: Range<Int>

    public init(columns: Range<Int>, rows: Range<Int>) {
      self.columns = columns
      self.rows = rows
    }
  }

  /// The picture with a frame around a rectangle, which lies inside of it, and the same colour over what it
  /// holds.
  ///
  /// - Parameters:
  ///   - thickness: of the frame, in pixels.
  ///   - opacity: of the colour inside, from 0 to 255.
  public func marked(
    _ rectangle: Rectangle, _ color: Color, thickness: Int, opacity: Int
  ) -> RGBImage {
    var pixels = pixels
    let paint = [color.red, color.green, color.blue].map(Int.init)
    let inside = (
      columns: rectangle.columns.dropFirst(thickness).dropLast(thickness),
      rows: rectangle.rows.dropFirst(thickness).dropLast(thickness)
    )
    for y in rectangle.rows.clamped(to: 0..<height) {
      for x in rectangle.columns.clamped(to: 0..<width) {
        let isInside = inside.columns.contains(x) && inside.rows.contains(y)
        let share = isInside ? opacity : 255
        for channel in 0..<3 {
          let place = (y * width + x) * 3 + channel
          pixels[place] = UInt8(
            (Int(pixels[place]) * (255 - share) + paint[channel] * share + 127) / 255)
        }
      }
    }
    return RGBImage(width: width, height: height, pixels: pixels)
  }

  /// The picture as a PNG file.
  public func png() -> [UInt8] {
    let capacity = img_png_bound(UInt32(width), UInt32(height))
    // The encoder is C: it fills the borrowed memory of the new array.
    return unsafe [UInt8](unsafeUninitializedCapacity: capacity) { target, count in
      count = unsafe pixels.withUnsafeBufferPointer { source in
        unsafe img_encode_png(
          source.baseAddress, UInt32(width), UInt32(height), target.baseAddress, capacity)
      }
      precondition(count > 0, "out of memory")
    }
  }
}
