internal import LatentLensFormats
internal import LatentLensImaging
internal import LatentLensModels

/// What of a picture the visual tokens show, as a judge sees it: what the processor has cut away is not there.
struct SeenPart: Sendable {
  /// The longer side, in pixels.
  static let side = 512
  private static let red = RGBImage.Color(red: 255, green: 0, blue: 0)

  private let picture: RGBImage
  private let polygons: [Polygon?]
  /// Where it begins on the original picture, and how many of its pixels one is.
  private let origin: Polygon.Point
  private let scale: (x: Double, y: Double)

  /// Reads the picture again.
  ///
  /// - Throws: `HostError` where it is another by now, `ImageError` where it cannot be read.
  init(of read: ReadPicture) throws {
    let orientation = try read.node.required("orientation")
    guard let turned = ModelManifest.ImageOrientation(rawValue: try orientation.string()) else {
      throw orientation.error("is no way of turning pictures")
    }
    let original = try RGBImage(contentsOf: read.path, orientation: turned.decoding)
    guard try SHA256.digest(ofFile: read.path) == read.node.required("sha256").string() else {
      throw HostError("\(read.path): is another picture than the run has read; run it again")
    }
    polygons = try read.open().polygons
    let bounds = polygons.compactMap { $0?.bounds }
    let columns = Self.pixels(bounds.map(\.x), within: original.width)
    let rows = Self.pixels(bounds.map(\.y), within: original.height)
    let longer = Double(max(columns.count, rows.count))
    let size = (
      width: max(1, Int((Double(columns.count * Self.side) / longer).rounded())),
      height: max(1, Int((Double(rows.count * Self.side) / longer).rounded()))
    )
    picture = original.cropped(
      left: columns.lowerBound, top: rows.lowerBound, width: columns.count, height: rows.count
    ).resized(width: size.width, height: size.height, .bilinear)
    origin = Polygon.Point(x: Double(columns.lowerBound), y: Double(rows.lowerBound))
    scale = (
      Double(size.width) / Double(columns.count), Double(size.height) / Double(rows.count)
    )
  }

  /// The pixels that some stretches touch.
  private static func pixels(_ stretches: [ClosedRange<Double>], within count: Int) -> Range<Int> {
    let low = stretches.map(\.lowerBound).min() ?? 0
    let high = stretches.map(\.upperBound).max() ?? Double(count)
    let first = max(0, min(count - 1, Int((low + 0.01).rounded(.down))))
    return first..<max(first + 1, min(count, Int((high - 0.01).rounded(.up))))
  }

  /// The whole with a red frame around a region, and the region alone.
  func pictures(of region: OpenPicture.Region) -> (whole: RGBImage, detail: RGBImage) {
    let bounds = region.tokens.compactMap { polygons[$0]?.bounds }
    let columns = Self.pixels(
      bounds.map {
        ($0.x.lowerBound - origin.x) * scale.x...($0.x.upperBound - origin.x) * scale.x
      },
      within: picture.width)
    let rows = Self.pixels(
      bounds.map {
        ($0.y.lowerBound - origin.y) * scale.y...($0.y.upperBound - origin.y) * scale.y
      },
      within: picture.height)
    return (
      picture.marked(
        .init(columns: columns, rows: rows), Self.red, thickness: 3, opacity: 30),
      picture.cropped(
        left: columns.lowerBound, top: rows.lowerBound, width: columns.count, height: rows.count)
    )
  }
}
