import Foundation
import LatentLensCatalog
import LatentLensComponents
import LatentLensFormats
import LatentLensKernels
import LatentLensLenses
import LatentLensModels
import LatentLensSession
import LatentLensTensors
import LatentLensTestSupport
import LatentLensWeights
import Testing

/// Every state of every fixture against transformers in float32.
@Suite struct ParityTests {
  static let fixtures = decoders + encoders + models
  static let decoders = [
    "llama-gqa", "llama-defaults", "llama-tied-rope3", "llama-linear", "llama-dynamic",
    "llama-yarn", "llama-sharded-bf16", "llama-f16", "qwen2-tiny", "qwen3-tiny", "olmo-tiny",
    "olmo2-tiny", "gemma2-tiny", "granite-tiny", "granite-tied",
  ]
  static let encoders = [
    "clip-tiny", "clip-gelu", "clip-published", "siglip-tiny", "dinov2-tiny", "dinov2-gated",
    "dinov2-registers",
  ]
  static let models = [
    "llava-tiny", "llava-legacy", "llava-list", "parts", "llava-next-wide", "llava-next-tall",
    "qwen2-vl-tiny", "qwen2-vl-published",
    "qwen2-vl-sequential", "qwen2.5-vl-tiny", "qwen3-vl-tiny", "qwen3-vl-injected",
    "llava-two", "qwen2-vl-two", "qwen3-vl-two",
    "molmo-tiny", "molmo2-tiny", "molmo2-olmo", "paper-llama-clip", "paper-llama-dino",
    "paper-llama-siglip", "paper-olmo-clip",
    "paper-olmo-dino", "paper-olmo-siglip", "paper-qwen-clip", "paper-qwen-dino",
    "paper-qwen-siglip", "paper-blank",
  ]

  /// Connectors alone, and what waits for its adapter.
  static let others = [
    "gated-mlp", "pixel-shuffle", "pixel-shuffle-3", "pixel-shuffle-parts",
  ]

  @Test(arguments: fixtures)
  func statesEqualThoseOfTransformers(_ fixture: String) throws {
    let golden = Fixtures.path("parity/\(fixture)")
    let verification = try Verification(Bench.model(fixture), golden: golden)
    let expected = try SafetensorsFile(contentsOf: "\(golden)/expected.safetensors").tensors
    let compared = Set(verification.stages.map(\.name))
    for name in expected.keys where !["rows", "visual_positions"].contains(name) {
      #expect(compared.contains(name), "\(fixture): \(name) was not compared")
    }
    for stage in verification.stages {
      #expect(stage.passed, "\(fixture): \(stage.name) is off by \(stage.figure)")
    }
    for check in verification.checks {
      #expect(check.passed, "\(fixture): \(check.name): \(check.figure)")
    }
    let worst = verification.stages.max { $0.figure < $1.figure }
    let figure = String(format: "%.1e", worst?.figure ?? .nan)
    print("parity  \(fixture)  \(compared.count) tensors  worst \(figure) at \(worst?.name ?? "")")
  }

  @Test(arguments: ["llama-gqa", "llama-sharded-bf16", "llava-tiny", "clip-gelu"])
  func statesInBF16StayNear(_ fixture: String) throws {
    let loader = ModelLoader(registry: .standard, threads: 2, arithmetic: .bf16)
    let folder = Fixtures.path("parity/\(fixture)")
    let verification = try Verification(loader.load(folder), golden: folder)
    for stage in verification.stages {
      #expect(stage.figure < 2e-2, "\(fixture): \(stage.name) is off by \(stage.figure)")
    }
  }

  @Test(arguments: ["qwen2-vl-tiny", "qwen3-vl-tiny", "qwen2.5-vl-tiny"])
  func patchesAreReplayedWithoutAProcessor(_ fixture: String) throws {
    let (source, folder) = (Fixtures.path("parity/\(fixture)"), try TemporaryFolder())
    for name in ["config.json", "model.safetensors"] {
      try FileManager.default.copyItem(
        atPath: "\(source)/\(name)", toPath: "\(folder.path)/\(name)")
    }
    let verification = try Verification(Bench.loader.load(folder.path), golden: source)
    #expect(verification.passed && verification.stages.count > 8, "\(verification.text)")
  }

  /// The floor for processors that our own kernels do not know, on whatever processor this is.
  @Test(arguments: ["llama-gqa", "gemma2-tiny", "clip-gelu", "llava-tiny"])
  func statesByOpenBLASEqualThoseOfTransformers(_ fixture: String) throws {
    let loader = ModelLoader(registry: .standard, threads: 2, arithmetic: .blas)
    let folder = Fixtures.path("parity/\(fixture)")
    let verification = try Verification(loader.load(folder), golden: folder)
    #expect(!verification.stages.isEmpty)
    for stage in verification.stages {
      #expect(stage.figure < 1e-5, "\(fixture): \(stage.name) is off by \(stage.figure)")
    }
    for check in verification.checks {
      #expect(check.passed, "\(fixture): \(check.name): \(check.figure)")
    }
  }

  @Test func theFixtureFoldersAreTheListed() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Fixtures.path("parity"))
    #expect(Set(folders) == Set(Self.fixtures + Self.others))
  }

  @Test func theGatedConnectorEqualsTorch() throws {
    let folder = Fixtures.path("parity/gated-mlp")
    let weights = try SafetensorsFile(contentsOf: "\(folder)/connector.safetensors").tensors
    let type = try #require(Registry.standard.connector("gated-mlp"))
    let ledger = WeightLedger(weights, source: folder, compute: Compute(threads: 1))
    let features = try #require(
      SafetensorsFile(contentsOf: "\(folder)/inputs.safetensors").tensors["features"])
    let expected = try #require(
      SafetensorsFile(contentsOf: "\(folder)/expected.safetensors").tensors["connector"])
    let found = try project(
      Matrix(rows: 9, columns: 80, values: features.floats()), through: type, ledger)
    #expect(ledger.problems.isEmpty)
    let worst = zip(found.values(), expected.floats()).map { abs($0 - $1) }.max() ?? .infinity
    #expect(worst < 1e-4)
  }

  /// Builds a connector and sends the features of 3 by 3 patches through it.
  private func project<C: Connector>(
    _ features: consuming Matrix, through type: C.Type, _ ledger: WeightLedger
  ) throws -> Matrix {
    let node = JSONNode(["intermediate_size": 85], file: "test")
    let connector = try C(
      node.decode(C.Configuration.self), joining: ConnectorShape(inputWidth: 80, outputWidth: 48),
      weights: ledger.root)
    let pixels = PixelValues(
      .planes(crops: 1, height: 42, width: 42), values: Array(repeating: 0, count: 3 * 42 * 42))
    let layout = try C.Layout(of: PreparedImage(pixels))
    let arrangement = try connector.arrange(
      FeatureRows(crops: 1, prefix: 0, grid: PatchGrid(rows: 3, columns: 3, patchSize: 14)), layout)
    return connector.project(features, arrangement, layout)
  }
}
