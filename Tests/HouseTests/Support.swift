import LatentLensCatalog
import LatentLensComponents
import LatentLensFormats
import LatentLensModels
import LatentLensTensors
import LatentLensTestSupport

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
