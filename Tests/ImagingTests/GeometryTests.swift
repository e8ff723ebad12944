import LatentLensImaging
import LatentLensTestSupport
import Testing

/// The way from the encoder's pixels back to the picture.
@Suite struct GeometryTests {
  private let patch = 14

  /// A way of preparing a picture.
  private typealias Recipe = @Sendable (FramedPicture) throws -> FramedPicture

  private let recipes: [Recipe] = [
    { try $0.resized(shortestEdge: 56, .bicubic).centerCropped(width: 56, height: 56) },
    { try $0.resized(width: 70, height: 42, .bilinear) },
    { try $0.paddedToSquare(.black).resized(width: 56, height: 56, .bicubic) },
    { try $0.centerCropped(width: 84, height: 56) },
    { try $0.resized(toArea: 2000...4000, multiplesOf: 14, .bicubic) },
    { try $0.resizedInFloats(width: 42, height: 70, .bicubic) },
  ]

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
        guard let output = try? recipe(FramedPicture(image)) else { continue }
        for row in 0..<output.height / patch {
          for column in 0..<output.width / patch {
            let here = output.map.polygon(
              x: column * patch, y: row * patch, width: patch, height: patch)
            let right = output.map.polygon(
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
        let output = try recipe(
          FramedPicture(RGBImage(width: width, height: height, pixels: pixels)))
        guard
          let brightest = (0..<output.width * output.height).map({ output.picture.pixels[3 * $0] })
            .enumerated()
            .max(by: { $0.element < $1.element }), brightest.element > 20
        else { continue }
        let (lightX, lightY) = (
          brightest.offset % output.width, brightest.offset / output.width
        )
        let corners = output.map.polygon(x: lightX, y: lightY, width: 1, height: 1)
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
      let output = try recipe(FramedPicture(image))
      var compared = 0
      for row in 0..<output.height / patch {
        for column in 0..<output.width / patch {
          let corners = output.map.polygon(
            x: column * patch, y: row * patch, width: patch, height: patch)
          guard corners[0].x >= 0, corners[0].y >= 0, corners[2].x <= Double(width),
            corners[2].y <= Double(height),
            quadrant(corners[0].x, corners[0].y) == quadrant(corners[2].x - 1, corners[2].y - 1)
          else { continue }
          let center =
            ((row * patch + patch / 2) * output.width) + column * patch + patch / 2
          let seen = output.picture.pixels[3 * center..<3 * center + 3].map(Int.init)
          let color = colors[quadrant(corners[0].x, corners[0].y)].map(Int.init)
          for c in 0..<3 { #expect(abs(seen[c] - color[c]) < 2) }
          compared += 1
        }
      }
      #expect(compared >= 8)
    }
  }
}
