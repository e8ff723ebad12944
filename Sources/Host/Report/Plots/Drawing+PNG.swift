internal import CLatentLensRaster
internal import LatentLensFormats
internal import LatentLensImaging

extension Drawing {
  /// How many pixels a unit has: enough for print at the width of a column.
  private static let scale = 3.0

  /// The whole file, with the text in the system's own font.
  ///
  /// - Throws: `HostError` where there is none.
  func png() throws(HostError) -> [UInt8] {
    // The paper is C's: a raw pointer, which lives and dies in this function.
    var lacksFont: Int32 = 0
    guard let paper = unsafe raster_new(width, height, Self.scale, &lacksFont) else {
      throw HostError(
        lacksFont != 0
          ? "there is no font that PNG could be written with; install one, such as fonts-dejavu-core, or ask for "
            + "--format svg"
          : "there is not enough memory for a figure")
    }
    defer { unsafe raster_free(paper) }
    for mark in marks { unsafe paint(mark, on: paper) }
    let (width, height) = unsafe (raster_width(paper), raster_height(paper))
    let pixels = unsafe Array(
      UnsafeBufferPointer(start: raster_pixels(paper), count: width * height * 3))
    var file = RGBImage(width: width, height: height, pixels: pixels).png()
    file.insert(contentsOf: Self.software, at: Self.behindHeader)
    return file
  }

  /// Where the first chunk of a PNG ends, which tells its size.
  private static let behindHeader = 33

  /// A chunk that says which program has made the file; its checksum is always the same.
  static let software: [UInt8] =
    [0, 0, 0, 19] + Array("tEXtSoftware\u{0}LatentLens".utf8) + [0x96, 0x4C, 0x41, 0x0E]

  private func paint(_ mark: Mark, on paper: OpaquePointer) {
    switch mark {
    case .text(let text):
      let anchor: raster_anchor =
        switch text.anchor {
        case .start: raster_start
        case .middle: raster_middle
        case .end: raster_end
        }
      unsafe raster_text(
        paper, text.content, text.x, text.y, text.size, anchor, text.colour.value,
        text.isStrong ? 1 : 0, text.turn)
    case .line(let points, let colour, let width, let dashes):
      unsafe raster_line(
        paper, points.flatMap { [$0.x, $0.y] }, points.count, width, colour.value, dashes,
        dashes.count)
    case .area(let points, let colour, let opacity):
      unsafe raster_fill(
        paper, points.flatMap { [$0.x, $0.y] }, points.count, colour.value, opacity)
    case .dot(let place, let radius, let colour):
      unsafe raster_dot(paper, place.x, place.y, radius, colour.value)
    }
  }
}
