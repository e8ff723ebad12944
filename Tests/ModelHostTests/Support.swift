import Catalog
import Components
import Formats
import Kernels
import ModelHost
import TestSupport

/// What tests of the host have at hand.
enum Bench {
  static let loader = ModelLoader(registry: .standard, threads: 2, precision: .f32)

  static func model(_ fixture: String) throws -> Model {
    try loader.load(Fixtures.path("parity/\(fixture)"))
  }

  static func demo() throws -> Model { try loader.load("\(Fixtures.demo)/model.json") }
}
