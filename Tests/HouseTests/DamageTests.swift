import Foundation
import LatentLensFormats
import LatentLensKernels
import LatentLensModels
import LatentLensTensors
import LatentLensTestSupport
import LatentLensWeights
import Testing

/// A damaged configuration gives a model or an error, never a crash.
@Suite struct DamageTests {
  static let values: [JSONValue] = [
    0, -1, 1, 7, 1_048_576, 9_000_000_000_000_000_000, -9_223_372_036_854_775_807, 1e300, 1e-300,
    "", "llama", nil, true, [], [1, 2],
    [:],
  ]

  @Test(arguments: [
    "llama-tied-rope3", "llama-yarn", "qwen3-tiny", "olmo-tiny", "gemma2-tiny", "clip-gelu",
    "dinov2-registers", "llava-list", "llava-next-tall", "qwen2-vl-published", "qwen2.5-vl-tiny",
    "qwen3-vl-tiny", "molmo-tiny", "molmo2-tiny",
  ])
  func anyValueOfAnyKeyIsBorne(_ fixture: String) throws {
    let source = Fixtures.path("parity/\(fixture)")
    let folder = try TemporaryFolder()
    for name in try FileManager.default.contentsOfDirectory(atPath: source)
    where name.hasPrefix("model") {
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder.path)/\(name)", withDestinationPath: "\(source)/\(name)")
    }
    let sound = try JSONNode(contentsOf: "\(source)/config.json").value
    var outcomes = (sound: 0, refused: 0)
    for damaged in Self.variants(of: sound) {
      _ = try folder.write(damaged.text(), to: "config.json")
      do {
        let survey = try Bench.loader.survey(folder.path)
        outcomes.sound += survey.problems.contains(where: \.isFatal) ? 0 : 1
      } catch {
        #expect(!"\(error)".contains("\n"))
        outcomes.refused += 1
      }
    }
    #expect(outcomes.sound > 0 && outcomes.refused > 0)
  }

  /// The value with each member, also of nested objects, replaced by each of `values`.
  private static func variants(of value: JSONValue) -> [JSONValue] {
    guard case .object(let object) = value else { return [] }
    return object.members.flatMap { key, member -> [JSONValue] in
      (values + variants(of: member)).map { replacement in
        var changed = object
        changed[key] = replacement
        return .object(changed)
      }
    }
  }

  /// A thousand blocks of a million numbers each take no more memory than one.
  @Test func anAbsurdSizeIsToldAtOnce() throws {
    let ledger = WeightLedger([:], source: "nowhere", compute: Compute(threads: 1))
    let start = ContinuousClock.now
    let vectors = (0..<20_000).map { (ledger.root / $0).vector("weight", 1 << 20) }
    #expect(vectors.allSatisfy { $0.count == 1 << 20 })
    #expect(start.duration(to: .now) < .seconds(10))
  }

  @Test func aMissingTensorOfAnySizeIsOnlyMissing() throws {
    let ledger = WeightLedger([:], source: "nowhere", compute: Compute(threads: 1))
    for shape in [[3], [128_256, 4096], [1 << 20, 1 << 20], Array(repeating: 1 << 20, count: 4)] {
      let weight = ledger.root.tensor("weight", shape)
      #expect(weight.shape == shape)
    }
    #expect(ledger.problems.count == 4)
  }
}
