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
    "llava-tiny", "llava-legacy", "llava-list", "parts", "pixel-shuffle-parts",
    "pixel-shuffle-normed", "granite-parts",
    "llava-next-wide", "llava-next-tall",
    "qwen2-vl-tiny", "qwen2-vl-published",
    "qwen2-vl-sequential", "qwen2.5-vl-tiny", "qwen3-vl-tiny", "qwen3-vl-injected",
    "llava-two", "qwen2-vl-two", "qwen3-vl-two",
    "molmo-tiny", "molmo2-tiny", "molmo2-olmo", "paper-llama-clip", "paper-llama-dino",
    "paper-llama-siglip", "paper-olmo-clip",
    "paper-olmo-dino", "paper-olmo-siglip", "paper-qwen-clip", "paper-qwen-dino",
    "paper-qwen-siglip", "paper-blank",
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
    #expect(Set(folders) == Set(Self.fixtures + Self.connectors.map(\.fixture)))
  }

  /// A connector alone: its name, its configuration, and the side of the raster it is given.
  struct ConnectorCase: CustomTestStringConvertible {
    let fixture: String
    let adapter: String
    let configuration: JSONValue
    let side: Int
    var testDescription: String { fixture }
  }

  static let connectors = [
    ConnectorCase(
      fixture: "gated-mlp", adapter: "gated-mlp", configuration: ["intermediate_size": 85], side: 3),
    ConnectorCase(
      fixture: "pixel-shuffle", adapter: "pixel-shuffle", configuration: [:], side: 6),
    ConnectorCase(
      fixture: "pixel-shuffle-3", adapter: "pixel-shuffle", configuration: ["scale_factor": 3],
      side: 6),
    ConnectorCase(
      fixture: "visual-vocabulary", adapter: "visual-vocabulary",
      configuration: [
        "scale_factor": 2, "reduced_size": 29, "intermediate_size": 37, "visual_vocab_size": 11,
        "max_position_embeddings": 9,
      ], side: 6),
  ]

  @Test(arguments: connectors)
  func connectorsEqualTorch(_ connector: ConnectorCase) throws {
    let folder = Fixtures.path("parity/\(connector.fixture)")
    func tensors(_ name: String) throws -> NameTable<Weight> {
      try SafetensorsFile(contentsOf: "\(folder)/\(name).safetensors").tensors
    }
    let type = try #require(Registry.standard.connector(connector.adapter))
    let ledger = WeightLedger(
      try tensors("connector"), source: folder, compute: Compute(threads: 1),
      names: [type.tensorNames])
    let features = try #require(try tensors("inputs")["features"])
    let expected = try #require(try tensors("expected")["connector"])
    let found = try project(features, through: type, connector, ledger)
    #expect(ledger.problems.isEmpty && found.count == expected.floats().count)
    let deviations = zip(found, expected.floats()).map { abs($0 - $1) }
    #expect(deviations.allSatisfy { $0 < 1e-4 })
    let worst = deviations.max() ?? .infinity
    print("parity  \(connector.fixture)  worst \(String(format: "%.1e", worst))")
  }

  /// Builds a connector and sends the features of each picture through it.
  private func project<C: Connector>(
    _ features: Weight, through type: C.Type, _ connector: ConnectorCase,
    _ ledger: WeightLedger
  ) throws -> [Float] {
    let (side, width) = (connector.side, features.shape.last ?? 0)
    let node = JSONNode(connector.configuration, file: "test")
    let built = try C(
      node.decode(C.Configuration.self),
      joining: ConnectorShape(inputWidth: width, outputWidth: 48), weights: ledger.root)
    let pixels = PixelValues(
      .planes(crops: 1, height: side, width: side),
      values: Array(repeating: 0, count: 3 * side * side))
    let layout = try C.Layout(of: PreparedImage(pixels))
    let rows = FeatureRows(
      crops: 1, prefix: 0, grid: PatchGrid(rows: side, columns: side, patchSize: 1))
    let arrangement = try built.arrange(rows, layout)
    let values = features.floats()
    let picture = rows.count * width
    return stride(from: 0, to: values.count, by: picture).flatMap { start in
      let patches = Matrix(
        rows: rows.count, columns: width, values: Array(values[start..<start + picture]))
      return built.project(patches, arrangement, layout).values()
    }
  }

  @Test(arguments: [
    (4, 6, 1, 0, true), (6, 5, 1, 0, false), (3, 4, 1, 0, false), (4, 4, 2, 0, false),
    (4, 4, 1, 1, false),
  ])
  func squaresThatDoNotFillTheRasterAreObjectedTo(
    rows: Int, columns: Int, crops: Int, prefix: Int, isSound: Bool
  ) throws {
    for name in ["pixel-shuffle", "visual-vocabulary"] {
      let grid = PatchGrid(rows: rows, columns: columns, patchSize: 1)
      let type = try #require(Registry.standard.connector(name))
      let objection = try objection(
        of: type, to: FeatureRows(crops: crops, prefix: prefix, grid: grid))
      #expect((objection == nil) == isSound)
    }
  }

  @Test func aPictureOfOtherThanThePositionsIsObjectedTo() throws {
    let type = try #require(Registry.standard.connector("visual-vocabulary"))
    let grid = PatchGrid(rows: 4, columns: 4, patchSize: 1)
    let objection = try objection(of: type, to: FeatureRows(crops: 1, prefix: 0, grid: grid))
    #expect(
      objection?.description.contains("positions for 6 tokens, and this picture takes 4") == true)
  }

  private func objection<C: Connector>(of type: C.Type, to rows: FeatureRows) throws
    -> ImageObjection?
  {
    let ledger = WeightLedger([:], source: "test", compute: Compute(threads: 1))
    let node = JSONNode(
      [
        "reduced_size": 5, "intermediate_size": 8, "visual_vocab_size": 3,
        "max_position_embeddings": 6,
      ], file: "test")
    let built = try C(
      node.decode(C.Configuration.self), joining: ConnectorShape(inputWidth: 4, outputWidth: 4),
      weights: ledger.root)
    let pixels = PixelValues(
      .planes(crops: 1, height: 1, width: 1), values: Array(repeating: 0, count: 3))
    let layout = try C.Layout(of: PreparedImage(pixels))
    do throws(ImageObjection) {
      _ = try built.arrange(rows, layout)
      return nil
    } catch { return error }
  }
}
