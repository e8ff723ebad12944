internal import LatentLensComponents
internal import LatentLensImaging

/// Sends pictures of a coloured gradient through the real preprocessing and asks, for every visual
/// token, whether its polygon shows on the picture what its patches show to the encoder.
struct GeometryProbe {
  /// The largest difference in 8-bit levels.
  let worstError: Double

  init(_ model: Model) throws {
    let (vision, _, processor) = try model.requireVision()
    var worst = 0.0
    for (width, height) in [(97, 61), (64, 200), (448, 448)] {
      // Position is colour: red grows to the right, green downwards.
      var pixels: [UInt8] = []
      for y in 0..<height {
        for x in 0..<width {
          pixels += [UInt8(x * 255 / (width - 1)), UInt8(y * 255 / (height - 1)), 0]
        }
      }
      let seen = try model.see(
        RGBImage(width: width, height: height, pixels: pixels), path: "a gradient")
      let grid = vision.encoder.grid(for: seen.pixels)
      let order = Self.pixelRows(of: grid, processor)
      for (token, arranged) in zip(seen.tokens, seen.arrangement.tokens) {
        guard token.row >= 0, let isWhole = Self.isWhole(arranged), isWhole else { continue }
        let corners = token.polygon
        let (x, y) = ((corners[0] + corners[4]) / 2, (corners[1] + corners[5]) / 2)
        // Only patches that show nothing but the picture have the colour of their middle.
        guard corners[0] >= 0, corners[1] >= 0, corners[4] <= Double(width),
          corners[5] <= Double(height)
        else { continue }
        let expected = [
          (x - 0.5) * 255 / Double(width - 1), (y - 0.5) * 255 / Double(height - 1),
        ]
        for channel in 0..<2 {
          let levels = arranged.features.map {
            Self.level(seen.pixels, grid, row: order?[$0] ?? $0, channel, processor)
          }
          let mean = levels.reduce(0, +) / Double(levels.count)
          worst = max(worst, abs(mean - max(0, min(255, expected[channel]))))
        }
      }
    }
    worstError = worst
  }

  /// Whether all of a token's patches lie on the picture; nil for a token without patches.
  private static func isWhole(_ token: VisualArrangement.Token) -> Bool? {
    token.features.isEmpty ? nil : token.features.allSatisfy { $0 >= 0 }
  }

  /// For each patch of an encoder its row among pixels that are cut into blocks of patches already, which
  /// the encoder may have put into an order of its own; nil for other pixels.
  private static func pixelRows(of grid: PatchGrid, _ processor: ImageProcessor) -> [Int]? {
    guard case .mergedPatches(_, let block, _) = processor.cutting else { return nil }
    return grid.indices(
      in: PatchGrid(
        rows: grid.rows, columns: grid.columns, patchSize: grid.patchSize, squares: [block]))
  }

  /// The mean 8-bit level of a channel over a patch, as the encoder sees it.
  private static func level(
    _ pixels: PixelValues, _ grid: PatchGrid, row: Int, _ channel: Int, _ processor: ImageProcessor
  ) -> Double {
    let values = pixels.values
    var sum = 0.0
    var count = 0
    if pixels.shape.count == 4 {
      let (crop, place) = (row / grid.count, row % grid.count)
      let plane = (crop * 3 + channel) * pixels.height * pixels.width
      let (top, left) = (
        place / grid.columns * grid.patchSize, place % grid.columns * grid.patchSize
      )
      for y in top..<top + grid.patchSize {
        for x in left..<left + grid.patchSize {
          sum += Double(values[plane + y * pixels.width + x])
        }
      }
      count = grid.patchSize * grid.patchSize
    } else {
      // Patches that are cut already: channel after channel, or the channels of a pixel side by side.
      let features = pixels.width
      let isInterleaved = pixels.shape.count == 3
      for index in 0..<features / 3 {
        let offset = isInterleaved ? 3 * index + channel : channel * features / 3 + index
        sum += Double(values[row * features + offset])
      }
      count = features / 3
    }
    let value = sum / Double(count)
    let level =
      processor.normalization.map { value * $0.deviation[channel] + $0.mean[channel] } ?? value
    return level / (processor.rescaleFactor ?? 1)
  }
}
