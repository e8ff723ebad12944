import Foundation
import LatentLensFormats
import LatentLensImaging
import LatentLensTestSupport
import Testing

/// Pictures of every kind against Pillow.
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
        width: size[0], height: size[1], try #require(names[name]))
      #expect(try digest(resized) == case_.required("sha256").string(), "\(name) \(size)")
    }
  }

  @Test func theHeaderAloneTellsTheSize() throws {
    for (name, node) in try expected.required("decoded").members() {
      for (orientation, prefix) in [(RGBImage.Orientation.asStored, ""), (.exif, "exif_")] {
        let size = try RGBImage.size(
          ofFile: "\(Self.folder)/\(name)", orientation: orientation)
        #expect(
          try [size.width, size.height] == node.required("\(prefix)size").decode([Int].self),
          "\(name)")
      }
    }
  }
}
