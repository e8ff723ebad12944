import Foundation
import LatentLensCatalog
import LatentLensComponents
import LatentLensFormats
import LatentLensModels
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// A configuration is either computed as it says, or refused by the key that is not.
@Suite struct ConfigurationTests {
  static let folder = Fixtures.path("configurations")
  static let sound = files("sound")
  static let refused = files("refused")

  static func files(_ name: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)")) ?? [])
      .filter { $0.hasSuffix(".json") }.sorted()
  }

  /// Architectures whose adapters are elsewhere.
  static let outside = ["starcoder2"]

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A checkpoint without weights, so that its configuration alone counts; only Molmo's encoder looks
  /// how many of its blocks there are.
  private func checkpoint(_ configuration: String) throws -> String {
    let blocks = (0..<27).map { "model.vision_backbone.image_vit.transformer.resblocks.\($0)" }
    let writer = try SafetensorsWriter(
      path: "\(folder.path)/model.safetensors",
      tensors: blocks.map { .init("\($0).attention.wq.weight", .f32, [0]) })
    try writer.finish()
    _ = try folder.write(Fixtures.bytes(configuration), to: "config.json")
    return folder.path
  }

  private func unreadKeys(_ survey: ModelSurvey) -> [UnreadKey] {
    survey.problems.compactMap { if case .key(let key) = $0 { key } else { nil } }
  }

  @Test func thereAreConfigurations() {
    #expect(Self.sound.count >= 70 && Self.refused.count >= 40)
  }

  @Test(arguments: sound)
  func whatPublishersWriteIsRead(_ file: String) throws {
    let path = "\(Self.folder)/sound/\(file)"
    let type = try JSONNode(contentsOf: path).required("model_type").string()
    if Self.outside.contains(type) { return }
    let survey = try Bench.loader.survey(checkpoint(path))
    for key in unreadKeys(survey) { Issue.record("\(file): \(key)") }
  }

  @Test(arguments: refused)
  func whatNobodyComputesIsRefusedByName(_ file: String) throws {
    let path = "\(Self.folder)/refused/\(file)"
    let type = try JSONNode(contentsOf: path).required("model_type").string()
    if Self.outside.contains(type) { return }
    let name = String(file.dropLast(".json".count))
    let keys = try JSONNode(contentsOf: "\(Self.folder)/refused.json").required(name)
      .required("refused").members().map { $0.key.split(separator: ".").last ?? "" }
    do {
      let unread = unreadKeys(try Bench.loader.survey(checkpoint(path)))
      #expect(
        unread.contains { keys.contains($0.path.split(separator: ".").last ?? "") }, "\(file)")
    } catch {
      #expect(keys.contains { "\(error)".contains($0) }, "\(file): \(error)")
      #expect(!"\(error)".contains("\n"))
    }
  }

  // MARK: What is said

  private func write(_ changes: JSONObject, to fixture: String) throws -> String {
    let source = Fixtures.path("parity/\(fixture)")
    for name in try FileManager.default.contentsOfDirectory(atPath: source)
    where name.hasPrefix("model.safetensors") {
      try? FileManager.default.createSymbolicLink(
        atPath: "\(folder.path)/\(name)", withDestinationPath: "\(source)/\(name)")
    }
    let root = try JSONNode(contentsOf: "\(source)/config.json").overridden(by: changes)
    _ = try folder.write(root.value.text(indented: true), to: "config.json")
    return folder.path
  }

  @Test func anUnreadKeyIsNamedWithFileAndValue() throws {
    let path = try write(
      ["embedding_multiplier": 12.5, "absent": nil, "empty": [:], "a": 1], to: "llama-gqa")
    let error = #expect(throws: UnreadKeysError.self) { try Bench.loader.load(path) }
    let sentences = [("embedding_multiplier", "12.5"), ("a", "1")].map { key, value in
      "\(path)/config.json: `\(key)` is \(value): no adapter of this model reads it, and it may "
        + "change what is computed"
    }
    let more = "; and 1 more: `latentlens check` lists all"
    #expect(sentences.contains { error?.description == $0 + more }, "\(error?.description ?? "")")
    let check = try ManifestCheck(path, loader: Bench.loader)
    #expect(!check.isSound && sentences.allSatisfy(check.text.contains))
  }

  @Test func nestedObjectsAreReadAsStrictly() throws {
    let path = try write(
      ["rope_parameters": ["rope_type": "default", "rope_theta": 10000, "spin": 2]], to: "llama-gqa"
    )
    let survey = try Bench.loader.survey(path)
    #expect(unreadKeys(survey).map(\.path) == ["rope_parameters.spin"])
  }

  @Test func partsOfAWholeAreReadAsStrictly() throws {
    let path = try write(
      ["text_config": ["residual_multiplier": 2], "vision_config": ["x": [1]], "y": ["z": 1]],
      to: "llava-tiny")
    let paths = unreadKeys(try Bench.loader.survey(path)).map(\.path)
    #expect(Set(paths) == ["text_config.residual_multiplier", "vision_config.x", "y"])
  }

  @Test func overridesOfAManifestAreHeldToTheirKeys() throws {
    let path = try write(["embedding_multiplier": 12.5], to: "llama-gqa")
    func survey(_ configuration: String) throws -> ModelSurvey {
      let manifest = try folder.write(
        """
        {"name": "x", "decoder": {"weights": "\(path)", "configuration": \(configuration)}}
        """, to: "model.json")
      return try Bench.loader.survey(manifest)
    }
    #expect(unreadKeys(try survey("{}")).map(\.path) == ["embedding_multiplier"])
    // Null takes a key away, which makes the file sound.
    #expect(unreadKeys(try survey("{\"embedding_multiplier\": null}")).isEmpty)
    let slip = unreadKeys(
      try survey("{\"embedding_multiplier\": null, \"rms_norm_epss\": 1e-6}"))
    #expect(slip.map(\.path) == ["decoder.configuration.rms_norm_epss"])
    #expect(slip.first?.description.contains("did you mean `rms_norm_eps`?") == true)
  }

  @Test func theDigestTellsWhatIsReadAlone() throws {
    func digest(_ changes: JSONObject) throws -> String {
      try Bench.loader.survey(write(changes, to: "llama-gqa")).model.text().configurationDigest
    }
    let sound = try digest([:])
    #expect(try digest(["use_cache": false, "unknown": 1]) == sound)
    #expect(try digest(["rms_norm_eps": 1e-4]) != sound)
  }

  // MARK: Image processors

  @Test(arguments: [
    ("null", "expected an object"), ("{}", "describes no image processor"),
    ("{\"image_processor_type\": \"VideoMAEImageProcessor\"}", "`VideoMAEImageProcessor` has no"),
    (
      "{\"image_processor_type\": \"CLIPImageProcessor\", \"sharpens\": true}", "`sharpens` is true"
    ),
  ])
  func anImageProcessorIsDescribed(_ text: String, _ words: String) throws {
    let path = try write([:], to: "clip-tiny")
    _ = try folder.write(text, to: "preprocessor_config.json")
    do {
      _ = try ModelFiles(path).imageProcessor(.standard)
      Issue.record("\(text) was taken")
    } catch {
      #expect("\(error)".contains("preprocessor_config.json: ") && "\(error)".contains(words))
    }
  }

  @Test func anImageProcessorIsFoundWhereverItStands() throws {
    let path = try write([:], to: "clip-tiny")
    let none = #expect(throws: HostError.self) {
      try ModelFiles(path).imageProcessor(.standard)
    }
    #expect(none?.description.contains("put it beside the weights") == true)
    _ = try folder.write(
      "{\"processor_class\": \"X\", \"image_processor\": {\"image_processor_type\": "
        + "\"CLIPImageProcessorFast\"}}", to: "processor_config.json")
    _ = try ModelFiles(path).imageProcessor(.standard)
    guard case .encoder(let model) = try Bench.loader.load(path) else {
      Issue.record("no encoder")
      return
    }
    _ = try model.sight.processor.get()
  }
}
