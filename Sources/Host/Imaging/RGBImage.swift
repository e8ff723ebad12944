internal import CLatentLensImaging
internal import Foundation
internal import LatentLensFormats

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

  /// Decodes a PNG, JPEG or WebP file as Pillow's `convert("RGB")` would: palettes are looked up, alpha
  /// is dropped and not composited, gray of 16 bits is clipped, CMYK is Adobe's; no colour profile.
  public init(contentsOf path: String, orientation: Orientation = .asStored) throws(ImageError) {
    let bytes = try Self.bytes(ofFile: path)
    let decode: (UnsafePointer<UInt8>?, Int, Int, UnsafeMutablePointer<img_picture>?) -> Int32
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      unsafe decode = img_decode_png
    } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      unsafe decode = img_decode_jpeg
    } else if bytes.starts(with: Array("RIFF".utf8)), bytes.dropFirst(8).starts(with: "WEBP".utf8) {
      unsafe decode = img_decode_webp
    } else {
      throw ImageError(
        path: path, reason: "is no PNG, JPEG or WebP picture; convert it to one of these")
    }
    // The decoders are C: they read the borrowed bytes and return memory of their own.
    var picture = unsafe img_picture()
    let failed = unsafe bytes.withUnsafeBufferPointer {
      unsafe decode($0.baseAddress, $0.count, Self.pixelLimit, &picture)
    }
    defer { unsafe img_free(&picture) }
    guard failed == 0, let start = unsafe picture.pixels else {
      let reason = unsafe withUnsafeBytes(of: picture.error) { error in
        unsafe String(decoding: error.prefix { $0 != 0 }, as: UTF8.self)
      }
      throw ImageError(path: path, reason: reason)
    }
    let (width, height) = unsafe (Int(picture.width), Int(picture.height))
    let stored = unsafe RGBImage(
      width: width, height: height,
      pixels: Array(UnsafeBufferPointer(start: start, count: width * height * 3)))
    self =
      orientation == .exif ? stored.turned(by: ExifOrientation(ofFile: bytes) ?? .upright) : stored
  }

  private static func bytes(ofFile path: String) throws(ImageError) -> [UInt8] {
    guard let kind = PathKind(of: path) else {
      throw ImageError(path: path, reason: "there is no such image")
    }
    guard kind == .file else {
      throw ImageError(path: path, reason: "is a folder, not an image")
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ImageError(path: path, reason: "cannot be read; check that you may read it")
    }
    guard !data.isEmpty else { throw ImageError(path: path, reason: "is empty (0 bytes)") }
    return [UInt8](data)
  }
}

/// Resampling filters, with the numbers that Pillow and `preprocessor_config.json` give them.
public enum ResamplingFilter: Int, Sendable, CaseIterable {
  case nearest = 0
  case lanczos = 1
  case bilinear = 2
  case bicubic = 3
  case box = 4
  case hamming = 5
}

extension RGBImage {
  /// The picture in another size, bit for bit as Pillow's `resize` makes it.
  public func resized(width: Int, height: Int, filter: ResamplingFilter) -> RGBImage {
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

  /// The picture in another size, in floats as torch's `interpolate` makes it, rounded to nearest even
  /// once.
  func resizedInFloats(
    width: Int, height: Int, isCubic: Bool = false, antialias: Bool
  ) -> RGBImage {
    let planes = Planes(self) { byte, _ in Float(byte) }
      .resized(width: width, height: height, isCubic: isCubic, antialias: antialias)
    let plane = width * height
    let pixels = (0..<3 * plane).map { index in
      UInt8(
        min(max(planes.values[index % 3 * plane + index / 3].rounded(.toNearestOrEven), 0), 255))
    }
    return RGBImage(width: width, height: height, pixels: pixels)
  }

  /// A window of the picture; what lies outside of it is `fill`.
  public func cropped(
    left: Int, top: Int, width: Int, height: Int, fill: [UInt8] = [0, 0, 0]
  ) -> RGBImage {
    var cropped: [UInt8] = []
    cropped.reserveCapacity(width * height * 3)
    func pad(_ count: Int) { for _ in 0..<count { cropped += fill } }
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
