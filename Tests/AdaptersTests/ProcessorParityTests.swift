import LatentLensComponents
import LatentLensFormats
import LatentLensImaging
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// The processors that resize and crop, against the Pillow-backed ones of transformers.
@Suite struct ProcessorParityTests {
  static let folder = Fixtures.path("images")

  @Test func processorsGiveTheValuesOfTransformers() throws {
    let tensors = try SafetensorsFile(contentsOf: "\(Self.folder)/pixel_values.safetensors").tensors
    for (key, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      let parts = key.split(separator: "/")
      let processor = try Bench.processor(
        contentsOf: "\(Self.folder)/\(parts[0])/preprocessor_config.json")
      let output = try processor.prepare(RGBImage(contentsOf: "\(Self.folder)/\(parts[1])")).pixels
      #expect(output.shape == [1] + tensor.shape, "\(key)")
      let worst = zip(output.values, tensor.floats()).map { abs($0 - $1) }.max() ?? .infinity
      // One 8-bit level is at least 1/255 after normalisation.
      #expect(worst < 1e-5, "\(key) is off by \(worst)")
    }
  }

  @Test func levelsComeBackFromValues() throws {
    for (type, mean) in [("CLIPImageProcessor", 0.48145466), ("SiglipImageProcessor", 0.5)] {
      let node = JSONNode(["image_processor_type": .string(type)], file: "processor.json")
      let processor = try Bench.processor(node)
      #expect(abs(processor.level(of: 0, channel: 0) - mean * 255) < 1e-9)
      let picture = RGBImage(
        width: 224, height: 224, pixels: Array(repeating: 77, count: 224 * 224 * 3))
      let value = try #require(processor.prepare(picture).pixels.values.last)
      #expect(abs(processor.level(of: Double(value), channel: 2) - 77) < 1e-4)
    }
  }
}
