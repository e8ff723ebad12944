import Foundation
import LatentLensFormats
import LatentLensImaging
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// Pictures of every kind against Pillow and the Pillow-backed processors of transformers.
@Suite struct PillowParityTests {
  static let folder = Fixtures.path("images")
  let expected: JSONNode

  init() throws { expected = try JSONNode(contentsOf: "\(Self.folder)/expected.json") }

  private func digest(_ image: RGBImage) -> String {
    var hash = SHA256()
    hash.update(image.pixels)
    return hash.finalize()
  }

  @Test func everyFormatDecodesToPillowsPixels() throws {
    let members = try expected.required("decoded").members()
    #expect(members.count == 31)
    for (name, node) in members {
      for (orientation, prefix) in [(RGBImage.Orientation.asStored, ""), (.exif, "exif_")] {
        let image = try RGBImage(
          contentsOf: "\(Self.folder)/\(name)", orientation: orientation)
        let size = try node.required("\(prefix)size").decode([Int].self)
        #expect([image.width, image.height] == size, "\(name)")
        #expect(try digest(image) == node.required("\(prefix)sha256").string(), "\(name) \(prefix)")
      }
    }
  }

  @Test func everyFilterResamplesAsPillowDoes() throws {
    let names: [String: ResamplingFilter] = [
      "nearest": .nearest, "lanczos": .lanczos, "bilinear": .bilinear, "bicubic": .bicubic,
      "box": .box, "hamming": .hamming,
    ]
    let image = try RGBImage(contentsOf: "\(Self.folder)/rgb.png")
    for case_ in try expected.required("resampled").elements() {
      let size = try case_.required("size").decode([Int].self)
      let name = try case_.required("filter").string()
      let resized = image.resized(
        width: size[0], height: size[1], filter: try #require(names[name]))
      #expect(try digest(resized) == case_.required("sha256").string(), "\(name) \(size)")
    }
  }

  @Test func processorsGiveTheValuesOfTransformers() throws {
    let tensors = try SafetensorsFile(contentsOf: "\(Self.folder)/pixel_values.safetensors").tensors
    for (key, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      let parts = key.split(separator: "/")
      let processor = try ImageProcessor(
        contentsOf: "\(Self.folder)/\(parts[0])/preprocessor_config.json")
      let path = "\(Self.folder)/\(parts[1])"
      let output = try processor(RGBImage(contentsOf: path), path: path)
      #expect(output.shape == [1] + tensor.shape, "\(key)")
      let worst = zip(output.values, tensor.floats()).map { abs($0 - $1) }.max() ?? .infinity
      // One 8-bit level is at least 1/255 after normalisation.
      #expect(worst < 1e-5, "\(key) is off by \(worst)")
    }
  }
}
