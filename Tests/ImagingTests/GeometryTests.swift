import LatentLensImaging
import LatentLensTestSupport
import Testing

/// The way from the encoder's pixels back to the picture.
@Suite struct GeometryTests {
  private let patch = 14

  private func processor(_ steps: [ImageProcessor.Step]) -> ImageProcessor {
    ImageProcessor(steps: steps, rescaleFactor: nil, normalization: nil)
  }

  private var recipes: [[ImageProcessor.Step]] {
    [
      [.resizeShortestEdge(56, .bicubic), .centerCrop(width: 56, height: 56)],
      [.resize(width: 70, height: 42, .bilinear)],
      [.padToSquare([0, 0, 0]), .resize(width: 56, height: 56, .bicubic)],
      [.centerCrop(width: 84, height: 56)],
    ]
  }

  private struct Random: RandomNumberGenerator {
    var state: UInt64 = 42
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state
    }
  }

  @Test func patchesTileWhatTheyCoverWithoutOverlap() throws {
    var random = Random()
    for recipe in recipes {
      for _ in 0..<12 {
        let (width, height) = (
          Int.random(in: 1...130, using: &random), Int.random(in: 1...130, using: &random)
        )
        let image = RGBImage(
          width: width, height: height, pixels: Array(repeating: 9, count: width * height * 3))
        let output = try processor(recipe)(image, path: "random")
        for row in 0..<output.views[0].height / patch {
          for column in 0..<output.views[0].width / patch {
            let here = output.views[0].geometry.polygon(
              x: column * patch, y: row * patch, width: patch, height: patch)
            let right = output.views[0].geometry.polygon(
              x: (column + 1) * patch, y: row * patch, width: patch, height: patch)
            #expect(abs(here[1].x - right[0].x) < 1e-9 && here[1].y == right[0].y)
            #expect(here[2].x > here[0].x && here[2].y > here[0].y)
          }
        }
      }
    }
  }

  @Test func aPixelLiesInThePolygonOfItsPatch() throws {
    // A single bright pixel has to light up the patch whose polygon holds it.
    var random = Random()
    for recipe in recipes {
      for _ in 0..<12 {
        let (width, height) = (
          Int.random(in: 60...150, using: &random), Int.random(in: 60...150, using: &random)
        )
        let (x, y) = (
          Int.random(in: 0..<width, using: &random), Int.random(in: 0..<height, using: &random)
        )
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        for c in 0..<3 { pixels[(y * width + x) * 3 + c] = 255 }
        let output = try processor(recipe)(
          RGBImage(width: width, height: height, pixels: pixels), path: "random")
        guard
          let brightest = output.values.prefix(output.views[0].width * output.views[0].height)
            .enumerated()
            .max(by: { $0.element < $1.element }), brightest.element > 20
        else { continue }
        let (lightX, lightY) = (
          brightest.offset % output.views[0].width, brightest.offset / output.views[0].width
        )
        let corners = output.views[0].geometry.polygon(x: lightX, y: lightY, width: 1, height: 1)
        // The brightest pixel is no farther from its source than one pixel of either frame.
        #expect(corners[0].x - 1 <= Double(x + 1) && Double(x) <= corners[2].x + 1)
        #expect(corners[0].y - 1 <= Double(y + 1) && Double(y) <= corners[2].y + 1)
      }
    }
  }

  @Test func colouredQuadrantsComeBackWhereTheyWere() throws {
    let (width, height) = (224, 168)
    let colors: [[UInt8]] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]]
    func quadrant(_ x: Double, _ y: Double) -> Int {
      (y < Double(height) / 2 ? 0 : 2) + (x < Double(width) / 2 ? 0 : 1)
    }
    var pixels: [UInt8] = []
    for y in 0..<height { for x in 0..<width { pixels += colors[quadrant(Double(x), Double(y))] } }
    let image = RGBImage(width: width, height: height, pixels: pixels)
    for recipe in recipes {
      let output = try processor(recipe)(image, path: "quadrants")
      var compared = 0
      for row in 0..<output.views[0].height / patch {
        for column in 0..<output.views[0].width / patch {
          let corners = output.views[0].geometry.polygon(
            x: column * patch, y: row * patch, width: patch, height: patch)
          guard corners[0].x >= 0, corners[0].y >= 0, corners[2].x <= Double(width),
            corners[2].y <= Double(height),
            quadrant(corners[0].x, corners[0].y) == quadrant(corners[2].x - 1, corners[2].y - 1)
          else { continue }
          let center =
            ((row * patch + patch / 2) * output.views[0].width) + column * patch + patch / 2
          let seen = (0..<3).map {
            output.values[$0 * output.views[0].height * output.views[0].width + center]
          }
          let color = colors[quadrant(corners[0].x, corners[0].y)].map(Float.init)
          for c in 0..<3 { #expect(abs(seen[c] - color[c]) < 2) }
          compared += 1
        }
      }
      #expect(compared >= 8)
    }
  }
}
