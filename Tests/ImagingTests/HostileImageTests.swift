import LatentLensImaging
import LatentLensTestSupport
import Testing

@Suite struct HostileImageTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func complaint(_ path: String) -> String {
    _ = try? RGBImage.size(ofFile: path, orientation: .exif)
    do {
      _ = try RGBImage(contentsOf: path)
      return ""
    } catch {
      #expect(error.description.hasPrefix(path))
      #expect(!error.description.contains("\n"))
      return error.reason
    }
  }

  @Test func nothingThereAndNothingInItAreNamed() throws {
    #expect(complaint("\(folder.path)/nowhere.png").contains("no such image"))
    #expect(complaint(folder.path).contains("folder"))
    #expect(complaint(try folder.write([], to: "empty.png")).contains("empty"))
    #expect(complaint(try folder.write("hello", to: "text.png")).contains("no PNG, JPEG or WebP"))
  }

  @Test(arguments: ["rgb.png", "baseline.jpg", "progressive.jpg", "lossy.webp", "palette.png"])
  func aTruncatedFileIsAnError(_ name: String) throws {
    let bytes = try Fixtures.bytes(Fixtures.path("images/\(name)"))
    for share in [3, 20, bytes.count / 2, bytes.count - 60] {
      let path = try folder.write(Array(bytes.prefix(share)), to: "cut-\(name)")
      #expect(!complaint(path).isEmpty, "\(name) cut to \(share) bytes")
    }
  }

  @Test func aBombIsRefusedBeforeItIsUnpacked() throws {
    var bytes = try Fixtures.bytes(Fixtures.path("images/rgb.png"))
    // Width and height stand at byte 16 of a PNG, and the checksum of their chunk at byte 29.
    bytes.replaceSubrange(16..<24, with: [0, 1, 0x86, 0xA0, 0, 1, 0x86, 0xA0])
    bytes.replaceSubrange(29..<33, with: Self.checksum(bytes[12..<29]))
    let reason = complaint(try folder.write(bytes, to: "bomb.png"))
    #expect(reason.contains("100000 x 100000"))
  }

  @Test func damageInTheMiddleDoesNotCrash() throws {
    for name in ["rgb.png", "baseline.jpg", "progressive.jpg", "cmyk.jpg", "lossy.webp"] {
      let sound = try Fixtures.bytes(Fixtures.path("images/\(name)"))
      for seed in 0..<60 {
        var bytes = sound
        for step in 0..<8 { bytes[12 + (seed * 7919 + step * 104729) % (bytes.count - 12)] ^= 0x5A }
        _ = complaint(try folder.write(bytes, to: name))
      }
    }
  }

  /// Pillow refuses them, though the pixels are all there.
  @Test func damageBesideThePixelsIsToldAsPillowDoes() throws {
    var picture = try Fixtures.bytes(Fixtures.path("images/exif-6.png"))
    let exif = try #require(Self.place(of: "eXIf", in: picture))
    picture[exif + 20] ^= 1
    #expect(complaint(try folder.write(picture, to: "exif.png")).contains("CRC"))
    picture = try Fixtures.bytes(Fixtures.path("images/exif-6.webp"))
    let chunk = try #require(Self.place(of: "EXIF", in: picture))
    picture[chunk + 5] = 0x55
    #expect(complaint(try folder.write(picture, to: "exif.webp")).contains("damaged WebP"))
  }

  /// What lies behind the chunk of the pixels does not stand in for what is missing in it.
  @Test func pixelsThatRunOverTheirChunkAreDamaged() throws {
    var picture = try Fixtures.bytes(Fixtures.path("images/exif-6.webp"))
    picture[366] = 0
    #expect(complaint(try folder.write(picture, to: "over.webp")).contains("damaged"))
  }

  /// All rows are there; what follows them is not asked for, nor is it by Pillow.
  @Test func aJPEGNeedsNoWholeMarkAtItsEnd() throws {
    var picture = try Fixtures.bytes(Fixtures.path("images/baseline.jpg"))
    let whole = try RGBImage(contentsOf: Fixtures.path("images/baseline.jpg"))
    picture[picture.count - 1] = 0xD0
    #expect(try RGBImage(contentsOf: folder.write(picture, to: "endless.jpg")) == whole)
  }

  /// Pillow knows no such marker.
  @Test func aMarkerThatStandsInNoPictureIsToldAsDamage() throws {
    let picture = try Fixtures.bytes(Fixtures.path("images/baseline.jpg"))
    let bytes = picture.prefix(2) + [0xFF, 0x01] + picture.dropFirst(2)
    #expect(complaint(try folder.write(Array(bytes), to: "marked.jpg")).contains("damaged JPEG"))
  }

  @Test func aJPEGOfManyScansIsRefusedInTime() throws {
    let sound = try Fixtures.bytes(Fixtures.path("images/progressive.jpg"))
    // From the last scan's header to the end of the picture.
    let last = try #require(
      sound.indices.dropLast().last { sound[$0] == 0xFF && sound[$0 + 1] == 0xDA })
    let scan = sound[last..<sound.count - 2]
    let bytes = sound.dropLast(2) + Array(repeating: scan, count: 600).joined() + sound.suffix(2)
    #expect(complaint(try folder.write(Array(bytes), to: "many.jpg")).contains("500 scans"))
    #expect(complaint(try folder.write(sound, to: "few.jpg")).isEmpty)
  }

  private static func place(of name: String, in bytes: [UInt8]) -> Int? {
    bytes.indices.first { bytes[$0...].starts(with: name.utf8) }
  }

  @Test func aThinPictureIsNotBlownUp() throws {
    let thin = FramedPicture(
      RGBImage(width: 20000, height: 1, pixels: Array(repeating: 7, count: 60000)))
    #expect(throws: ImageObjection.self) { try thin.resized(shortestEdge: 336, .bicubic) }
    #expect(throws: ImageObjection.self) { try thin.paddedToSquare(.black) }
    #expect(throws: ImageObjection.self) {
      try thin.resized(toArea: 3136...1_003_520, multiplesOf: 28, .bicubic)
    }
  }

  @Test(arguments: [0, -1, 1 << 28, Int.max])
  func noSizeIsTooAbsurdToBeRefused(_ side: Int) throws {
    let picture = FramedPicture(
      RGBImage(width: 2, height: 1, pixels: Array(repeating: 7, count: 6)))
    #expect(throws: ImageObjection.self) { try picture.resized(width: side, height: 3, .lanczos) }
    #expect(throws: ImageObjection.self) {
      try picture.resizedInFloats(width: 16384, height: side, .bilinear(antialias: true))
    }
    #expect(throws: ImageObjection.self) { try picture.centerCropped(width: side, height: side) }
  }

  /// CRC-32 as PNG uses it.
  private static func checksum(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var sum: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
    sum = ~sum
    return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> UInt32($0)) }
  }
}
