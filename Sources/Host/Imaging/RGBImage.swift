/// A picture of 8-bit RGB pixels, row by row from the top left.
public struct RGBImage: Sendable, Equatable {
  public let width: Int
  public let height: Int
  /// `height * width * 3` bytes, red, green and blue side by side.
  public let pixels: [UInt8]

  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height * 3, "pixels do not fill \(width) x \(height)")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// How a stored picture is turned when it is opened.
  public enum Orientation: Sendable {
    /// As stored: what Pillow's `Image.open(path).convert("RGB")` gives.
    case asStored
    /// As its EXIF orientation says: what Pillow's `ImageOps.exif_transpose` gives.
    case exif
  }

  /// The most pixels that are decoded: Pillow's own limit, beyond which a file is taken for a bomb.
  static let pixelLimit = 178_956_970
}
