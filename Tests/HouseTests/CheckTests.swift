import Foundation
import LatentLensFormats
import LatentLensModels
import LatentLensTestSupport
import Testing

/// What `check` says of checkpoints that are not what they seem.
@Suite struct CheckTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func check(_ fixture: String, _ changes: JSONObject) throws -> ManifestCheck {
    let source = Fixtures.path("parity/\(fixture)")
    for name in try FileManager.default.contentsOfDirectory(atPath: source)
    where name.hasPrefix("model.safetensors") {
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder.path)/\(name)", withDestinationPath: "\(source)/\(name)")
    }
    let root = try JSONNode(contentsOf: "\(source)/config.json").overridden(by: changes)
    _ = try folder.write(root.value.text(indented: true), to: "config.json")
    return try ManifestCheck(folder.path, loader: Bench.loader)
  }

  @Test func unreadTensorsAreNoSoundModelButOneThatLoads() throws {
    let check = try check("llama-gqa", ["num_hidden_layers": 1])
    #expect(!check.isSound)
    #expect(check.text.contains("is read by no layer"))
    _ = try Bench.loader.load(folder.path)
  }

  @Test(arguments: [
    ("llama-gqa", "qwen3", "decoder `llama`"), ("qwen3-tiny", "llama", "decoder `qwen3`"),
  ])
  func aWrongTypeIsToldTheNearest(_ fixture: String, _ type: String, _ nearest: String) throws {
    let check = try check(fixture, ["model_type": .string(type)])
    #expect(!check.isSound)
    #expect(check.text.contains("the nearest is the \(nearest)"), "\(check.text)")
    #expect(check.text.split(separator: "\n").count <= 24)
  }

  @Test func theListEndsAfterAScreenful() throws {
    let check = try check("llama-gqa", ["num_hidden_layers": 40])
    #expect(!check.isSound)
    #expect(check.text.split(separator: "\n").count <= 24)
    #expect(check.text.contains(" more"))
  }

  @Test func anUnknownTypeIsToldTheNearest() throws {
    let error = #expect(throws: JSONError.self) {
      try check("llama-gqa", ["model_type": "mistral"])
    }
    #expect(error?.description.contains("`mistral` has no adapter here; the nearest is") == true)
    #expect(error?.description.contains("`llama`") == true)
  }

  @Test(arguments: ParityTests.fixtures)
  func everyFixtureIsSound(_ fixture: String) throws {
    let path = Fixtures.path("parity/\(fixture)")
    let manifest = "\(path)/model.json"
    let check = try ManifestCheck(
      PathKind(of: manifest) == .file ? manifest : path, loader: Bench.loader)
    #expect(check.isSound, "\(check.text)")
  }

  @Test func theDemoIsSound() throws {
    let check = try ManifestCheck("\(Fixtures.demo)/model.json", loader: Bench.loader)
    #expect(check.isSound, "\(check.text)")
  }

  @Test func aSoundModelHasNothingToSay() throws {
    let check = try check("llama-gqa", [:])
    #expect(check.isSound && check.text.hasSuffix("tensors read"))
  }
}
