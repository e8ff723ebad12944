/// A picture fitted into the middle of a black box without changing its aspect, in floats from 0 to 1, as
/// Molmo's preprocessing does it with torch.
public struct Letterbox: Sendable {
  public let planes: Planes
  /// From places of the box to places of the picture.
  public let map: PixelMap
  private let shown: (columns: Range<Int>, rows: Range<Int>)

  public init(_ picture: RGBImage, width boxWidth: Int, height boxHeight: Int) {
    // The size is cut off in single precision, which now and then costs a pixel.
    let scale = min(
      Float(boxHeight) / Float(picture.height), Float(boxWidth) / Float(picture.width))
    let width = max(1, Int(Float(picture.width) * scale))
    let height = max(1, Int(Float(picture.height) * scale))
    let (left, top) = ((boxWidth - width) / 2, (boxHeight - height) / 2)
    shown = (left..<left + width, top..<top + height)
    var map = PixelMap()
    map.resize(from: (picture.width, picture.height), to: (width, height))
    map.crop(left: -left, top: -top)
    self.map = map
    planes = Planes(picture) { byte, _ in Float(byte) / 255 }
      .resized(width: width, height: height, .bilinear(antialias: true))
      .mapped { min(max($1, 0), 1) }
      .cropped(left: -left, top: -top, width: boxWidth, height: boxHeight)
  }

  /// For each patch of a window, row by row, the share of its pixels that show the picture.
  ///
  /// - Parameter side: the window's side, in pixels; nil for the whole box.
  public func coverage(patch: Int, left: Int = 0, top: Int = 0, side: Int? = nil) -> [Float] {
    let (windowWidth, windowHeight) = (side ?? planes.width, side ?? planes.height)
    func overlap(_ first: Int, _ picture: Range<Int>) -> Int {
      (first..<first + patch).clamped(to: picture).count
    }
    var shares: [Float] = []
    for y in stride(from: top, to: top + windowHeight, by: patch) {
      for x in stride(from: left, to: left + windowWidth, by: patch) {
        let seen = overlap(y, shown.rows) * overlap(x, shown.columns)
        shares.append(Float(seen) / Float(patch * patch))
      }
    }
    return shares
  }
}
