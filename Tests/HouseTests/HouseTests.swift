import Foundation
import LatentLensCatalog
import LatentLensComponents
import LatentLensTestSupport
import Testing

/// The house's own rules, read off its folders and files.
@Suite struct HouseTests {
  static let adapters = "\(Fixtures.repository)/Sources/Adapters"

  static func folders() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: adapters).sorted()
      .filter { $0 != "Catalog" }
  }

  @Test func everyFamilyFolderIsInTheCatalog() throws {
    let families = Registry.standard.families
    #expect(try Self.folders().count == families.count)
    for folder in try Self.folders() {
      let name = folder == "Llama" ? "LLaMA" : folder
      #expect(families.contains { $0.name == name }, "\(folder) is not in the catalog")
    }
  }

  @Test func everyArchitectureHasOneAdapterOfAKind() {
    let registry = Registry.standard
    let kinds: [[any Adapter.Type]] = [
      registry.encoders.map { $0 }, registry.decoders.map { $0 }, registry.connectors.map { $0 },
      registry.models.map { $0 }, registry.imageProcessors.map { $0 },
    ]
    for adapters in kinds {
      let names = adapters.flatMap { $0.architectures }
      #expect(!names.isEmpty && Set(names).count == names.count, "\(names)")
    }
  }

  @Test func adaptersKnowComponentsAlone() throws {
    for folder in try Self.folders() {
      for file in try FileManager.default.contentsOfDirectory(atPath: "\(Self.adapters)/\(folder)")
      {
        let text = String(
          decoding: try Fixtures.bytes("\(Self.adapters)/\(folder)/\(file)"), as: UTF8.self)
        let imports = text.split(separator: "\n").filter {
          $0.hasPrefix("import ") || $0.contains(" import ")
        }
        for line in imports {
          #expect(line.hasSuffix(" LatentLensComponents"), "\(file): \(line)")
        }
        for word in ["unsafe", "FileManager", "Thread", "DispatchQueue"] {
          #expect(!text.contains(word), "\(file) says \(word)")
        }
      }
    }
  }
}
