import Foundation
import LatentLensCatalog
import LatentLensComponents
import LatentLensFormats
import LatentLensModels
import LatentLensTestSupport
import Testing

/// Whatever a file asks for is bounded when it is read, and refused in one line that names the key.
@Suite struct BoundsTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A fixture's checkpoint, in one of whose files a key, where it is found first, has another value.
  private func checkpoint(
    _ fixture: String, _ file: String, _ key: String, _ value: String
  ) throws -> String {
    let source = Fixtures.path("parity/\(fixture)")
    for name in try FileManager.default.contentsOfDirectory(atPath: source) where name != file {
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder.path)/\(name)", withDestinationPath: "\(source)/\(name)")
    }
    let sound = try JSONNode(contentsOf: "\(source)/\(file)").value
    let planted = Self.planted(key, in: sound)
    #expect(planted != sound, "\(fixture) has no \(key)")
    // Some values are none that our own writer would write.
    let text = planted.text().replacing("\"PLANTED\"", with: value)
    _ = try folder.write(text, to: file)
    return folder.path
  }

  private static func planted(_ key: String, in value: JSONValue) -> JSONValue {
    guard case .object(var object) = value else { return value }
    if object[key] != nil {
      object[key] = "PLANTED"
      return .object(object)
    }
    for (name, member) in object.members {
      let changed = planted(key, in: member)
      if changed != member {
        object[name] = changed
        break
      }
    }
    return .object(object)
  }

  /// Expects an error of one line that begins with a path and holds a key, if there is one.
  private func refused(_ path: String, _ key: String, _ body: () throws -> Void) {
    do {
      try body()
      Issue.record("\(key) is taken")
    } catch {
      let sentence = "\(error)"
      #expect(
        sentence.hasPrefix(path) && (key.isEmpty || sentence.contains(key))
          && !sentence.contains("\n"),
        "\(sentence)")
    }
  }

  @Test(arguments: [
    ("llava-list", "vision_feature_layer", "[-9223372036854775808, 1]"),
    ("llava-list", "vision_feature_layer", "-9223372036854775807"),
    ("llava-list", "vision_feature_layer", "[]"),
    ("llava-tiny", "image_token_index", "-1"),
    ("molmo-tiny", "vit_layers", "[9000000000000000000]"),
    ("qwen3-vl-tiny", "mrope_section", "[9000000000000000000, 9000000000000000000, 8]"),
    ("qwen3-vl-tiny", "deepstack_visual_indexes", "[-9000000000000000000]"),
    ("llama-gqa", "rms_norm_eps", "-1"), ("llama-gqa", "rms_norm_eps", "NaN"),
    ("llama-gqa", "rms_norm_eps", "1e300"), ("llama-gqa", "rope_theta", "0"),
    ("llama-gqa", "hidden_size", "99999999999999999999"),
    ("llama-yarn", "factor", "0"), ("llama-yarn", "factor", "NaN"),
    ("llama-linear", "factor", "-2.0"), ("llama-linear", "factor", "1e-320"),
    ("llama-tied-rope3", "low_freq_factor", "0"), ("llama-tied-rope3", "low_freq_factor", "64.0"),
  ])
  func whatNoModelHasIsRefused(_ fixture: String, _ key: String, _ value: String) throws {
    let path = try checkpoint(fixture, "config.json", key, value)
    refused(path, key) { _ = try Bench.loader.survey(path) }
  }

  @Test(arguments: [
    ("llava-next-tall", "image_mean", "[NaN, 0, 0]"),
    ("llava-next-tall", "image_std", "[Infinity, 1, 1]"),
    ("llava-next-tall", "rescale_factor", "1e-400"),
    ("llava-next-tall", "crop_size", "{\"height\": 32760, \"width\": 32760}"),
    ("llava-next-tall", "image_grid_pinpoints", "[[4611686018427387904, 42]]"),
    ("molmo2-tiny", "overlap_margins", "[4611686018427387904, 4611686018427387904]"),
    ("molmo2-tiny", "max_crops", "1000000"),
    ("qwen2-vl-tiny", "max_pixels", "9223372036854775807"),
    ("qwen2-vl-tiny", "temporal_patch_size", "0"),
  ])
  func whatNoPictureHasIsRefused(_ fixture: String, _ key: String, _ value: String) throws {
    let path = try checkpoint(fixture, "preprocessor_config.json", key, value)
    refused("\(path)/preprocessor_config.json", key) {
      _ = try ModelFiles(path).imageProcessor(.standard)
    }
  }

  @Test(arguments: ["null", "{}", "[]"])
  func aFileThatSaysNothingIsNoProcessor(_ text: String) throws {
    let path = try checkpoint("llava-next-tall", "preprocessor_config.json", "do_pad", "true")
    let file = try folder.write(text, to: "preprocessor_config.json")
    refused(file, "preprocessor_config") { _ = try ModelFiles(path).imageProcessor(.standard) }
    refused(file, "preprocessor_config") { _ = try Bench.loader.load(path) }
  }

  @Test func aLinkThatLeadsNowhereIsTold() throws {
    let path = try checkpoint("llava-next-tall", "preprocessor_config.json", "do_pad", "true")
    let file = "\(path)/preprocessor_config.json"
    try FileManager.default.removeItem(atPath: file)
    try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: "nowhere")
    refused(file, "a link to what is not there") { _ = try Bench.loader.load(path) }
  }

  @Test func aManifestMayHaveKeysThatLookTheSame() throws {
    let manifest = try folder.write(
      """
      {"name": "x", "decoder": {"weights": "\(Fixtures.path("parity/llama-gqa"))",
       "configuration": {"\u{E9}": 1, "e\u{301}": 2}}}
      """, to: "model.json")
    let error = #expect(throws: UnreadKeysError.self) { try Bench.loader.load(manifest) }
    #expect(error?.keys.count == 2)
  }

  @Test(arguments: ["[]", "[-9223372036854775807]", "[9]"])
  func aManifestNamesLayersThatThereAre(_ layers: String) throws {
    let sources = ["clip-tiny", "llama-gqa"].map { Fixtures.path("parity/\($0)") }
    let manifest = try folder.write(
      """
      {"name": "x",
       "encoder": {"weights": "\(sources[0])", "layers": \(layers)},
       "decoder": {"weights": "\(sources[1])"},
       "connector": {"adapter": "linear", "weights": "\(sources[1])", "placeholder": 3}}
      """, to: "model.json")
    refused(manifest, "layer") { _ = try Bench.loader.survey(manifest) }
  }
}
