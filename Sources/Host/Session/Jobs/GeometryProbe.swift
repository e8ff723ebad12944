internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensImaging
internal import LatentLensModels

/// Sends pictures of a coloured gradient through the real preprocessing and asks, for every visual
/// token, whether its polygon shows on the picture what its patches show to the encoder.
struct GeometryProbe {
  /// The largest difference in 8-bit levels.
  let worstError: Double

  init(_ model: VisionLanguage) throws(HostError) {
    let processor = try model.sight.processor.get()
    var worst = 0.0
    for (width, height) in [(97, 61), (64, 200), (448, 448)] {
      let gradient = Self.gradient(width: width, height: height)
      let image = try model.see(gradient, path: "a gradient")
      let levels = PatchLevels(image.pixels, model, processor)
      for (token, arranged) in zip(image.tokens, image.input.arrangement.tokens) {
        guard let corners = token.place?.polygon, !arranged.features.isEmpty,
          arranged.features.allSatisfy({ $0 >= 0 })
        else { continue }
        // Only patches that show nothing but the picture have the colour of their middle.
        guard corners[0] >= 0, corners[1] >= 0, corners[4] <= Double(width),
          corners[5] <= Double(height)
        else { continue }
        let (x, y) = ((corners[0] + corners[4]) / 2, (corners[1] + corners[5]) / 2)
        let expected = [
          (x - 0.5) * 255 / Double(width - 1), (y - 0.5) * 255 / Double(height - 1),
        ]
        for channel in 0..<2 {
          let found = arranged.features.map { levels.level(ofFeature: $0, channel: channel) }
          let mean = found.reduce(0, +) / Double(found.count)
          worst = max(worst, abs(mean - max(0, min(255, expected[channel]))))
        }
      }
    }
    worstError = worst
  }

  /// Position is colour: red grows to the right, green downwards.
  static func gradient(width: Int, height: Int) -> RGBImage {
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        pixels += [UInt8(x * 255 / (width - 1)), UInt8(y * 255 / (height - 1)), 0]
      }
    }
    return RGBImage(width: width, height: height, pixels: pixels)
  }
}

/// The mean 8-bit levels of patches, as an encoder sees them.
private struct PatchLevels {
  private let pixels: PixelValues
  private let processor: any ImageProcessor
  private let grid: PatchGrid
  /// The kept CLS and register tokens before each crop's features.
  private let prefix: Int
  /// For each patch of the encoder its row among pixels that are cut into patches already.
  private let pixelRows: [Int]

  init(_ pixels: PixelValues, _ model: VisionLanguage, _ processor: any ImageProcessor) {
    self.pixels = pixels
    self.processor = processor
    let encoder = model.sight.encoder
    grid = encoder.grid(for: pixels)
    prefix = model.bridge.joint.features.keepsPrefix ? encoder.prefixTokenCount : 0
    pixelRows =
      if case .patches(let stored, _) = pixels.layout {
        grid.indices(in: stored)
      } else {
        Array(0..<grid.count)
      }
  }

  /// The mean level of a channel over the patch that gave a row of the encoder's features.
  func level(ofFeature row: Int, channel: Int) -> Double {
    let perCrop = prefix + grid.count
    let (crop, patch) = (row / perCrop, row % perCrop - prefix)
    return processor.level(of: mean(crop: crop, patch: patch, channel), channel: channel)
  }

  private func mean(crop: Int, patch: Int, _ channel: Int) -> Double {
    let values: [Float]
    switch pixels.layout {
    case .planes(_, let height, let width):
      let (row, column) = (grid.places[patch] / grid.columns, grid.places[patch] % grid.columns)
      let (top, left) = (row * grid.patchSize, column * grid.patchSize)
      values = (top..<top + grid.patchSize).flatMap { y in
        let line = ((crop * 3 + channel) * height + y) * width
        return pixels.values[line + left..<line + left + grid.patchSize]
      }
    case .patches(_, let features):
      // One channel after the other.
      let first = pixelRows[patch] * features + channel * features / 3
      values = Array(pixels.values[first..<first + features / 3])
    case .patchedCrops(_, let patches, let features):
      // The channels of a pixel side by side.
      let first = (crop * patches + patch) * features
      values = stride(from: first + channel, to: first + features, by: 3).map { pixels.values[$0] }
    }
    return values.reduce(0) { $0 + Double($1) } / Double(values.count)
  }
}
