import Foundation
import LatentLensFormats
import LatentLensImaging
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
    let processor = try ImageProcessor(
      contentsOf: "\(Self.folder)/\(name)/preprocessor_config.json")
    let isDirect = name.hasPrefix("paper") || name == "molmo"
    let pictures = expected.keys.filter { $0.hasPrefix("\(name)/") && $0.hasSuffix("pixel_values") }
    #expect(pictures.count == 7)
    for key in pictures.sorted() {
      let picture = key.split(separator: "/")[1]
      let path = "\(Fixtures.path("images"))/\(picture)"
      let image = try RGBImage(contentsOf: path, orientation: isDirect ? .exif : .asStored)
      let output = try processor(image, path: path)
      let tensor = try #require(expected[key])
      #expect(output.shape == tensor.shape, "\(key)")
      guard output.shape == tensor.shape else { continue }
      let apart = zip(output.values, tensor.floats()).map { abs($0 - $1) }
      let worst = apart.max() ?? .infinity
      // torch rounds floats to bytes: where they lie in the middle, its fused arithmetic now and then
      // falls to the other side.
      let levels = apart.count { $0 > 2e-5 }
      let isRounded = ["molmo2", "paper-dino", "paper-siglip"].contains(name)
      #expect(levels <= (isRounded ? apart.count / 200 : 0), "\(key): \(levels) values are off")
      #expect(worst < (isRounded ? 1.01 / 255 / 0.224 : 2e-5), "\(key) is off by \(worst)")
      print("pixels  \(key.dropLast(13))  \(output.shape)  worst \(worst), \(levels) by a level")
      if let masks = expected["\(name)/\(picture)/image_masks"] {
        let shares = try #require(output.coverage)
        #expect(zip(shares, masks.floats()).allSatisfy { abs($0 - $1) < 1e-6 }, "\(key)")
        #expect(shares.count == masks.count)
      }
      if let grid = expected["\(name)/\(picture)/grid"]?.integers().map({ Int($0) }) {
        #expect([output.patchGrid?.rows, output.patchGrid?.columns] == grid)
      }
    }
  }
}
