internal import CLatentLensImaging
internal import Foundation

extension RGBImage {
  /// Decodes a PNG, JPEG or WebP file as Pillow's `convert("RGB")` would: palettes are looked up, alpha
  /// is dropped and not composited, gray of 16 bits is clipped, CMYK is Adobe's; no colour profile.
  public init(contentsOf path: String, orientation: Orientation = .asStored) throws(ImageError) {
    try self.init(decoding: Self.bytes(ofFile: path), orientation: orientation, path: path)
  }

  /// The same from the bytes of a file.
  ///
  /// - Parameter path: what errors call it.
  package init(
    decoding bytes: [UInt8], orientation: Orientation = .asStored, path: String = ""
  ) throws(ImageError) {
    // The decoders are C: they return memory of their own.
    var picture = try unsafe Self.decode(bytes, img_all, path: path)
    defer { unsafe img_free(&picture) }
    let (width, height) = unsafe (Int(picture.width), Int(picture.height))
    let stored = unsafe RGBImage(
      width: width, height: height,
      pixels: Array(UnsafeBufferPointer(start: picture.pixels, count: width * height * 3)))
    self =
      orientation == .exif ? stored.turned(by: ExifOrientation(ofFile: bytes) ?? .upright) : stored
  }

  /// The width and the height that a picture will have, in pixels, told by its file's header: nothing is
  /// decoded.
  public static func size(
    ofFile path: String, orientation: Orientation = .asStored
  ) throws(ImageError) -> (width: Int, height: Int) {
    let bytes = try bytes(ofFile: path)
    let header = try unsafe decode(bytes, img_header, path: path)
    let (width, height) = unsafe (Int(header.width), Int(header.height))
    let isTurned = orientation == .exif && ExifOrientation(ofFile: bytes)?.isTurned == true
    return isTurned ? (height, width) : (width, height)
  }

  private static func decode(
    _ bytes: [UInt8], _ extent: img_extent, path: String
  ) throws(ImageError) -> img_picture {
    let decode:
      (UnsafePointer<UInt8>?, Int, Int, img_extent, UnsafeMutablePointer<img_picture>?) -> Int32
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
    var picture = unsafe img_picture()
    let failed = unsafe bytes.withUnsafeBufferPointer {
      unsafe decode($0.baseAddress, $0.count, pixelLimit, extent, &picture)
    }
    guard failed == 0 else {
      let reason = unsafe withUnsafeBytes(of: picture.error) { error in
        unsafe String(decoding: error.prefix { $0 != 0 }, as: UTF8.self)
      }
      throw ImageError(path: path, reason: reason)
    }
    return unsafe picture
  }

  /// Whether the bytes of a file are a picture that can be read, all of it.
  package static func isPicture(_ bytes: [UInt8]) -> Bool {
    guard var picture = unsafe try? decode(bytes, img_all, path: "") else { return false }
    unsafe img_free(&picture)
    return true
  }

  /// The bytes of a picture's file, whatever they are.
  package static func bytes(ofFile path: String) throws(ImageError) -> [UInt8] {
    var isFolder: ObjCBool = false
    // Foundation reports the kind through a pointer, which lives for this call alone.
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ImageError(path: path, reason: "there is no such image")
    }
    guard !isFolder.boolValue else {
      throw ImageError(path: path, reason: "is a folder, not an image")
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ImageError(path: path, reason: "cannot be read; check that you may read it")
    }
    guard !data.isEmpty else { throw ImageError(path: path, reason: "is empty (0 bytes)") }
    return [UInt8](data)
  }
}
