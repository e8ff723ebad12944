import Foundation
import LatentLensComponents
import LatentLensFormats
import LatentLensImaging
import LatentLensMolmo
import LatentLensPaper
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// Cutting and torch's resampling on awkward pictures, against transformers and torchvision.
@Suite struct CropParityTests {
  static let folder = Fixtures.path("crops")

  @Test(arguments: [
    "qwen2-vl", "qwen3-vl", "llava-next", "molmo2", "paper-clip", "paper-dino", "paper-siglip",
    "molmo",
  ])
  func valuesAreThoseOfTheReference(_ name: String) throws {
    let expected = try SafetensorsFile(contentsOf: "\(Self.folder)/expected.safetensors").tensors
    let processor = try Bench.processor(
      contentsOf: "\(Self.folder)/\(name)/preprocessor_config.json")
    let isDirect = name.hasPrefix("paper") || name == "molmo"
    let pictures = expected.keys.filter { $0.hasPrefix("\(name)/") && $0.hasSuffix("pixel_values") }
    #expect(pictures.count == 7)
    for key in pictures.sorted() {
      let picture = key.split(separator: "/")[1]
      let path = "\(Fixtures.path("images"))/\(picture)"
      let image = try RGBImage(contentsOf: path, orientation: isDirect ? .exif : .asStored)
      let output = try processor.prepare(image)
      let pixels = output.pixels
      let tensor = try #require(expected[key])
      #expect(pixels.shape == tensor.shape, "\(key)")
      guard pixels.shape == tensor.shape else { continue }
      let apart = zip(pixels.values, tensor.floats()).map { abs($0 - $1) }
      let worst = apart.max() ?? .infinity
      // torch rounds floats to bytes: where they lie in the middle, its fused arithmetic now and then
      // falls to the other side.
      let levels = apart.count { $0 > 2e-5 }
      let isRounded = ["molmo2", "paper-dino", "paper-siglip"].contains(name)
      #expect(levels <= (isRounded ? apart.count / 200 : 0), "\(key): \(levels) values are off")
      #expect(worst < (isRounded ? 1.01 / 255 / 0.224 : 2e-5), "\(key) is off by \(worst)")
      print("pixels  \(key.dropLast(13))  \(pixels.shape)  worst \(worst), \(levels) by a level")
      if let masks = expected["\(name)/\(picture)/image_masks"]?.floats() {
        let told = PatchPadding(of: pixels, shares: masks)
        let padding =
          try (output.layout as? PaddedPatches)?.padding ?? OverlapLayout(of: output).padding
        #expect(padding == told, "\(key)")
        try told.check(patches: masks.count)
        let raster = expected["\(name)/\(picture)/raster"]?.integers().map { Int($0) }
        let shares = Self.shares(of: image, raster: raster)
        #expect(shares.count == masks.count)
        #expect(zip(shares, masks).allSatisfy { abs($0 - $1) < 1e-6 }, "\(key)")
      }
      if let raster = expected["\(name)/\(picture)/raster"]?.integers().map({ Int($0) }) {
        let layout = try OverlapLayout(of: output)
        #expect([layout.rows, layout.columns] == raster)
      }
      if let grid = expected["\(name)/\(picture)/grid"]?.integers().map({ Int($0) }) {
        guard case .patches(let patches, _) = pixels.layout else {
          Issue.record("\(key): no patches of a raster")
          continue
        }
        #expect([patches.rows, patches.columns] == grid)
      }
    }
  }

  /// For each patch the share of it that shows a picture: in the box of `paper-clip`, or in the raster of
  /// crops of `molmo`, whose shares stand a crop too early.
  private static func shares(of image: RGBImage, raster: [Int]?) -> [Float] {
    guard let raster else { return Letterbox(image, width: 42, height: 42).coverage(patch: 14) }
    let (rows, columns) = (raster[0], raster[1])
    let box = Letterbox(image, width: columns * 28 + 28, height: rows * 28 + 28)
    let crops = (0..<rows * columns).flatMap { crop in
      box.coverage(
        patch: 7, left: crop % columns * 28, top: crop / columns * 28, side: 56)
    }
    return crops + Array(repeating: -1, count: 64)
  }
}
