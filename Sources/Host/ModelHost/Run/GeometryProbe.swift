internal import Components
internal import Imaging

/// Sends pictures of a coloured gradient through the real preprocessing and asks, for every visual
/// token, whether its polygon shows on the picture what its patch shows to the encoder.
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
      let image = RGBImage(width: width, height: height, pixels: pixels)
      let output = try processor(image, path: "probe")
      let grid = vision.encoder.grid(
        for: PixelValues(shape: [3, output.height, output.width], values: output.values))
      for row in 0..<grid.rows {
        for column in 0..<grid.columns {
          let corners = output.geometry.polygon(
            x: column * grid.patchSize, y: row * grid.patchSize, width: grid.patchSize,
            height: grid.patchSize)
          let center = (
            x: (corners[0].x + corners[2].x) / 2, y: (corners[0].y + corners[2].y) / 2
          )
          guard 0...Double(width) ~= center.x, 0...Double(height) ~= center.y else { continue }
          let expected = [
            (center.x - 0.5) * 255 / Double(width - 1), (center.y - 0.5) * 255 / Double(height - 1),
          ]
          for channel in 0..<2 {
            let seen = Self.mean(of: output, grid, row, column, channel, processor)
            worst = max(worst, abs(seen - max(0, min(255, expected[channel]))))
          }
        }
      }
    }
    worstError = worst
  }

  /// The mean 8-bit level of a channel over a patch, as the encoder sees it.
  private static func mean(
    of output: ImageProcessor.Output, _ grid: PatchGrid, _ row: Int, _ column: Int,
    _ channel: Int, _ processor: ImageProcessor
  ) -> Double {
    var sum = 0.0
    for y in row * grid.patchSize..<(row + 1) * grid.patchSize {
      for x in column * grid.patchSize..<(column + 1) * grid.patchSize {
        sum += Double(output.values[(channel * output.height + y) * output.width + x])
      }
    }
    let value = sum / Double(grid.patchSize * grid.patchSize)
    let normalized =
      processor.normalization.map { value * $0.deviation[channel] + $0.mean[channel] } ?? value
    return normalized / (processor.rescaleFactor ?? 1)
  }
}
