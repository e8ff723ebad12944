import Foundation
import LatentLensCatalog
import LatentLensComponents
import LatentLensFormats
import LatentLensModels
import LatentLensSession
import LatentLensTensors
import LatentLensTestSupport
import LatentLensTokenization
import Testing

/// Models as GGUF files: their states are those of the checkpoints that they were made from.
@Suite struct GGUFModelTests {
  static func path(_ name: String) -> String { Fixtures.path("gguf/\(name).gguf") }

  /// Files, and the folders with the states that they have to give.
  static let models = [
    ("llama-gqa", "parity/llama-gqa"), ("llama-tied-rope3", "parity/llama-tied-rope3"),
    ("qwen2-tiny", "parity/qwen2-tiny"), ("qwen3-tiny", "parity/qwen3-tiny"),
    ("olmo2-tiny", "parity/olmo2-tiny"), ("granite-tiny", "parity/granite-tiny"),
    ("llama-sharded-bf16-00001-of-00002", "parity/llama-sharded-bf16"),
    ("llama-sharded-bf16-00002-of-00002", "parity/llama-sharded-bf16"),
    ("gemma2", "gguf/gemma2"), ("olmo", "gguf/olmo"), ("llama-q8_0", "gguf/llama-q8_0"),
    ("llama-q4_0", "gguf/llama-q4_0"), ("llama-k-quants", "gguf/llama-k-quants"),
  ]

  @Test(arguments: models)
  func statesEqualThoseOfTransformers(_ name: String, _ folder: String) throws {
    let golden = Fixtures.path(folder)
    let verification = try Verification(Bench.loader.load(Self.path(name)), golden: golden)
    let expected = try SafetensorsFile(contentsOf: "\(golden)/expected.safetensors").tensors
    let names = Set(expected.keys).subtracting(["rows"])
    #expect(names.isSubset(of: verification.stages.map(\.name)))
    for stage in verification.stages {
      #expect(stage.passed, "\(name): \(stage.name) is off by \(stage.figure)")
    }
    let worst = verification.stages.max { $0.figure < $1.figure }
    let figure = String(format: "%.1e", worst?.figure ?? .nan)
    print("gguf  \(name)  \(verification.stages.count) tensors  worst \(figure)")
  }

  /// Damaged models, and what their complaints name.
  static let damaged = [
    ("another-architecture", "mamba"), ("block-count-short", "blk.1."), ("block-count", "block"),
    ("experts", "expert_count"), ("foreign-tensor", "attn_sinks"),
    ("half-rotates", "rope.dimension_count"), ("head-count-by-block", "head_count"),
    ("heads-do-not-divide", "head_count"), ("misshapen-tensor", "q_proj"),
    ("missing-tensor", "up_proj"), ("no-epsilon", "layer_norm_rms_epsilon"),
    ("no-head-count", "head_count"), ("projector", "mmproj"), ("scaling", "longrope"),
    ("values-narrower", "value_length"),
  ]

  @Test(arguments: damaged)
  func damagedModelsAreRefusedByName(_ name: String, _ words: String) {
    let path = Self.path("models-refused/\(name)")
    let error = #expect(throws: (any Error).self) { try Bench.loader.load(path) }
    let sentence = error.map { "\($0)" } ?? ""
    #expect(sentence.hasPrefix(path) && sentence.contains(words), "\(sentence)")
  }

  @Test func everyDamagedModelIsTried() throws {
    let files = try JSONNode(contentsOf: Fixtures.path("gguf/models-refused/files.json"))
    #expect(try Set(files.members().map(\.key)) == Set(Self.damaged.map(\.0)))
  }

  @Test func aPartOfAManifestMayBeOne() throws {
    let folder = try TemporaryFolder()
    let path = Self.path("llama-gqa")
    let manifest = try folder.write(
      "{\"name\": \"x\", \"decoder\": {\"weights\": \"\(path)\"}}", to: "model.json")
    let check = try ManifestCheck(manifest, loader: Bench.loader)
    #expect(check.isSound, "\(check.text)")
  }

  @Test(arguments: models.map(\.0))
  func nothingIsLeftOver(_ name: String) throws {
    let check = try ManifestCheck(Self.path(name), loader: Bench.loader)
    #expect(check.isSound, "\(check.text)")
  }

  @Test func aMissingShardIsNamed() throws {
    let folder = try TemporaryFolder()
    let name = "llama-sharded-bf16-00001-of-00002.gguf"
    let first = try folder.write(Fixtures.bytes(Fixtures.path("gguf/\(name)")), to: name)
    let error = #expect(throws: GGUFError.self) { try Bench.loader.load(first) }
    #expect(error?.description.contains("00002-of-00002.gguf: is a shard") ?? false)
    let renamed = try folder.write(Fixtures.bytes(first), to: "model.gguf")
    let other = #expect(throws: GGUFError.self) { try Bench.loader.load(renamed) }
    #expect(other?.description.contains("is shard 0 of 2") ?? false)
  }

  @Test(arguments: ["tokenizer", "tokenizer-llama"])
  func theTokenizerIsThatOfTheVocabulary(_ name: String) throws {
    let tokenizer = try ModelFiles(Self.path(name)).tokenizer()
    for sample in try JSONNode(contentsOf: Fixtures.path("gguf/\(name).json")).elements() {
      let text = try sample.required("text").string()
      for (key, adds) in [("ids", true), ("without", false)] {
        let expected = try sample.required(key).elements().map { try $0.integer() }
        #expect(tokenizer.encode(text, addingSpecialTokens: adds) == expected, "\(text)")
      }
    }
    #expect(tokenizer.specialTokenIDs.contains(1))
  }

  /// Keys that say how positions are stretched are those of the checkpoint.
  @Test(arguments: ["llama-linear", "llama-yarn"])
  func scalingIsThatOfTheCheckpoint(_ name: String) throws {
    let found = try #require(try GGUFSource(Self.path("\(name)-keys")).configuration())
    let expected = try JSONNode(contentsOf: Fixtures.path("parity/\(name)/config.json"))
    func scaling(_ root: JSONNode) throws -> [String: String] {
      let node = try #require(root["rope_scaling"] ?? root["rope_parameters"])
      let members = try node.members().filter { $0.key != "rope_theta" }
      return Dictionary(
        uniqueKeysWithValues: members.map { key, node in
          (key == "type" ? "rope_type" : key, (try? "\(node.number())") ?? "\(node.value)")
        })
    }
    #expect(try scaling(found) == scaling(expected))
  }

  /// A damaged byte of the metadata either changes nothing that is read, or is told; it never crashes.
  @Test func aDamagedByteNeverCrashes() throws {
    let folder = try TemporaryFolder()
    let original = try Fixtures.bytes(Self.path("models-refused/block-count-short"))
    for position in 0..<min(original.count, 1600) {
      var bytes = original
      bytes[position] = [0x01, 0x80, 0xFF][position % 3]
      let path = try folder.write(bytes, to: "damaged.gguf")
      _ = try? Bench.loader.load(path)
    }
  }
}
