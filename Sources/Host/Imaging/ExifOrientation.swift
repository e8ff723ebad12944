/// How a camera was held, as EXIF's tag 0x0112 says.
enum ExifOrientation: Int {
  case upright = 1
  case mirrored
  case upsideDown
  case upsideDownMirrored
  case turnedMirroredRight
  case turnedRight
  case turnedMirroredLeft
  case turnedLeft

  /// Whether width and height change places.
  var isTurned: Bool { rawValue >= 5 }

  /// Finds the orientation in a JPEG's APP1, a PNG's `eXIf` or a WebP's `EXIF` chunk.
  init?(ofFile bytes: [UInt8]) {
    guard let exif = Self.exifBlock(bytes), let value = Self.orientation(exif) else { return nil }
    self.init(rawValue: value)
  }

  private static func exifBlock(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
    switch bytes[0] {
    case 0xFF: jpegBlock(bytes)
    case 0x89: chunk("eXIf", in: bytes, from: 8, isBigEndian: true)
    default: chunk("EXIF", in: bytes, from: 12, isBigEndian: false)
    }
  }

  private static func jpegBlock(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
    var position = 2
    while position + 4 <= bytes.count, bytes[position] == 0xFF, bytes[position + 1] != 0xDA {
      let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
      let end = position + 2 + length
      guard length >= 2, end <= bytes.count else { return nil }
      let body = bytes[position + 4..<end]
      if bytes[position + 1] == 0xE1, body.starts(with: Array("Exif\0\0".utf8)) {
        return body.dropFirst(6)
      }
      position = end
    }
    return nil
  }

  /// A chunk of a PNG (length before name, checksum behind) or of a RIFF (name before length).
  private static func chunk(
    _ name: String, in bytes: [UInt8], from start: Int, isBigEndian: Bool
  ) -> ArraySlice<UInt8>? {
    var position = start
    while position + 8 <= bytes.count {
      let lengthBytes =
        isBigEndian ? bytes[position..<position + 4] : bytes[position + 4..<position + 8]
      let nameBytes =
        isBigEndian ? bytes[position + 4..<position + 8] : bytes[position..<position + 4]
      let length = number(lengthBytes, isBigEndian)
      let end = position + 8 + length
      guard end <= bytes.count else { return nil }
      if nameBytes.elementsEqual(name.utf8) {
        let body = bytes[position + 8..<end]
        return body.starts(with: Array("Exif\0\0".utf8)) ? body.dropFirst(6) : body
      }
      position = end + (isBigEndian ? 4 : length % 2)
    }
    return nil
  }

  /// Reads the tag from the first directory of a TIFF block.
  private static func orientation(_ tiff: ArraySlice<UInt8>) -> Int? {
    let isBigEndian = tiff.starts(with: Array("MM".utf8))
    guard isBigEndian || tiff.starts(with: Array("II".utf8)) else { return nil }
    func value(_ offset: Int, _ count: Int) -> Int? {
      let start = tiff.startIndex + offset
      guard offset >= 0, start + count <= tiff.endIndex else { return nil }
      return number(tiff[start..<start + count], isBigEndian)
    }
    guard let directory = value(4, 4), let entries = value(directory, 2) else { return nil }
    for entry in 0..<entries {
      let place = directory + 2 + 12 * entry
      if value(place, 2) == 0x0112 { return value(place + 8, 2) }
    }
    return nil
  }

  private static func number(_ bytes: ArraySlice<UInt8>, _ isBigEndian: Bool) -> Int {
    isBigEndian
      ? bytes.reduce(0) { $0 << 8 | Int($1) } : bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}

extension RGBImage {
  /// The picture as it was meant to be seen.
  func turned(by orientation: ExifOrientation) -> RGBImage {
    guard orientation != .upright else { return self }
    let (width, height) =
      orientation.isTurned ? (self.height, self.width) : (self.width, self.height)
    var turned: [UInt8] = []
    turned.reserveCapacity(pixels.count)
    for y in 0..<height {
      for x in 0..<width {
        let (flippedX, flippedY) = (width - 1 - x, height - 1 - y)
        let (sourceX, sourceY) =
          switch orientation {
          case .upright: (x, y)
          case .mirrored: (flippedX, y)
          case .upsideDown: (flippedX, flippedY)
          case .upsideDownMirrored: (x, flippedY)
          case .turnedMirroredRight: (y, x)
          case .turnedRight: (y, flippedX)
          case .turnedMirroredLeft: (flippedY, flippedX)
          case .turnedLeft: (flippedY, x)
          }
        let start = (sourceY * self.width + sourceX) * 3
        turned += pixels[start..<start + 3]
      }
    }
    return RGBImage(width: width, height: height, pixels: turned)
  }
}
