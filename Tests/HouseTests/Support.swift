import LatentLensCatalog
import LatentLensComponents
import LatentLensFormats
import LatentLensModels
import LatentLensReading
import LatentLensTensors
import LatentLensTestSupport

extension Reading {
  /// Per token, best first.
  var neighbors: [[(entry: Int, score: Float)]] {
    (0..<norms.count).map { token in
      (token * width..<(token + 1) * width).filter { entries[$0] >= 0 }.map {
        (Int(entries[$0]), scores[$0])
      }
    }
  }
}

/// What tests of the host have at hand.
enum Bench {
  static let loader = ModelLoader(registry: .standard, threads: 2, arithmetic: .f32)

  static func model(_ fixture: String) throws -> Model {
    let folder = Fixtures.path("parity/\(fixture)")
    let manifest = "\(folder)/model.json"
    return try loader.load(PathKind(of: manifest) == .file ? manifest : folder)
  }

  static func demo() throws -> Model { try loader.load("\(Fixtures.demo)/model.json") }
}
