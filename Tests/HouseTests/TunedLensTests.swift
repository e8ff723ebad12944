import Foundation
import LatentLensComponents
import LatentLensFormats
import LatentLensKernels
import LatentLensLenses
import LatentLensModels
import LatentLensSession
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// TunedLens against the package `tuned-lens`, and what a folder that does not fit is told.
@Suite struct TunedLensTests {
  enum Form: String, CaseIterable {
    case torch = "lens"
    case safetensors = "lens-safetensors"
  }

  @Test(arguments: ["lenses", "llama-gqa"], Form.allCases)
  func thePackagesReadingsAreFound(_ name: String, _ form: Form) throws {
    let bench = try TunedBench(name)
    let lens = try bench.reader(of: "\(bench.folder)/\(form.rawValue)")
    let difference = try bench.difference(of: lens)
    #expect(difference.holds, "\(difference)")
    #expect(try lens.check(bench.probe).passed)
    print("parity  TunedLens against tuned-lens 0.2.0, \(name)/\(form.rawValue): \(difference)")
  }

  @Test(arguments: ["lenses", "llama-gqa"])
  func translatorsThatAreOffByOneAreCaught(_ name: String) throws {
    let bench = try TunedBench(name)
    let file = try SafetensorsFile(
      contentsOf: "\(bench.folder)/lens-safetensors/params.safetensors")
    let translators = try (0..<bench.decoder.blockCount).map { index in
      Linear(
        try #require(file.tensors["\(index).weight"]),
        bias: try #require(file.tensors["\(index).bias"]).floats(),
        compute: bench.model.identity.compute)
    }
    let sound = TunedLens(bench.decoder, translators: translators)
    #expect(try bench.difference(of: sound).holds)
    for turned in [
      translators.suffix(1) + translators.dropLast(),
      translators.dropFirst() + translators.prefix(1),
    ] {
      let lens = TunedLens(bench.decoder, translators: Array(turned))
      #expect(try !bench.difference(of: lens).holds)
    }
  }

  @Test func aTranslatorThatGivesNoNumbersIsCaught() throws {
    let bench = try TunedBench("llama-gqa")
    let (sound, compute) = (bench.zeros, bench.model.identity.compute)
    let broken = Linear(
      sound.weight, bias: Array(repeating: .nan, count: sound.outputs), compute: compute)
    for index in 0..<bench.decoder.blockCount {
      var translators = Array(repeating: sound, count: bench.decoder.blockCount)
      #expect(try TunedLens(bench.decoder, translators: translators).check(bench.probe).passed)
      translators[index] = broken
      #expect(try !TunedLens(bench.decoder, translators: translators).check(bench.probe).passed)
    }
  }

  /// Layers without a translator, and all of them where translators are zeros.
  @Test func whatNoTranslatorChangesIsLogitLens() throws {
    let bench = try TunedBench("llama-gqa")
    let decoder = bench.decoder
    let plain = LogitLens(decoder)
    let zero = TunedLens(
      decoder, translators: Array(repeating: bench.zeros, count: decoder.blockCount))
    let all = try bench.states(bench.layers + [.norm])
    #expect(zero.neighbors(of: all, topK: 5) == plain.neighbors(of: all, topK: 5))

    let tuned = try bench.reader(of: "\(bench.folder)/lens")
    for stage in [Stage.hidden(decoder.blockCount), .norm] {
      let batch = try bench.states([stage])
      #expect(tuned.neighbors(of: batch, topK: 5) == plain.neighbors(of: batch, topK: 5))
    }
    // What a connector gives is what enters the first block.
    let first = try bench.states([.hidden(0)])
    let connected = StateBatch(
      stages: [.connector], tokenCount: first.tokenCount, states: first.states.copy())
    #expect(tuned.neighbors(of: connected, topK: 5) == tuned.neighbors(of: first, topK: 5))
    #expect(tuned.neighbors(of: first, topK: 5) != plain.neighbors(of: first, topK: 5))
  }

  @Test func aConfigurationThatDoesNotFitIsNamed() throws {
    let bench = try TunedBench("llama-gqa")
    for (stored, other, words) in [
      ("\"d_model\": 48", "\"d_model\": 40", ["config.json: d_model: ", "48 wide"]),
      ("\"d_model\": 48", "\"d_model\": \"48\"", ["config.json: d_model: ", "a whole number"]),
      ("\"d_model\": 48, ", "", ["config.json: d_model: ", "required"]),
      (
        "\"num_hidden_layers\": 3", "\"num_hidden_layers\": 4",
        ["config.json: num_hidden_layers: ", "3 blocks"]
      ),
      (
        "linear_tuned_lens", "mlp_lens",
        ["config.json: lens_type: `mlp_lens`", "`linear_tuned_lens`"]
      ),
      ("\"bias\": true", "\"bias\": 1", ["config.json: bias: ", "true or false"]),
      ("\"bias\": true", "\"bias\": false", ["params.pt: `0.bias` [48] is read by no layer"]),
      ("{", "", ["config.json: ", "JSON"]),
    ] {
      let folder = try Spoilt(bench, .torch)
      try folder.replace(stored, by: other)
      try folder.fails(saying: words)
    }
  }

  @Test func tensorsThatDoNotFitAreNamed() throws {
    let bench = try TunedBench("llama-gqa")
    let folder = try Spoilt(bench, .safetensors)
    let file = "\(folder.path)/params.safetensors"
    let stored = try SafetensorsFile(contentsOf: file).tensors
    let cases: [(name: String, shape: [Int]?, words: String)] = [
      ("2.weight", nil, "`2.weight` [48, 48] is missing"),
      ("1.bias", nil, "`1.bias` [48] is missing"),
      ("0.weight", [48, 47], "`0.weight` has the shape [48, 47], expected [48, 48]"),
      ("3.weight", [48, 48], "`3.weight` [48, 48] is read by no layer"),
    ]
    for (name, shape, words) in cases {
      let kept = stored.filter { $0.key != name }.map(\.value)
      let path = "\(folder.path)/params.safetensors"
      let writer = try SafetensorsWriter(
        path: path,
        tensors: kept.map { .init($0.name, $0.encoding, $0.shape) }
          + (shape.map { [.init(name, .f32, $0)] } ?? []))
      for tensor in kept { try writer.write(tensor.floats()) }
      if let shape { try writer.write([Float](repeating: 0, count: shape.reduce(1, *))) }
      try writer.finish()
      try folder.fails(saying: ["params.safetensors: \(words)"])
    }
  }

  @Test func aFolderThatIsNoneIsNamed() throws {
    let bench = try TunedBench("llama-gqa")
    let folder = try Spoilt(bench, .torch)
    try FileManager.default.copyItem(
      atPath: "\(bench.folder)/lens-safetensors/params.safetensors",
      toPath: "\(folder.path)/params.safetensors")
    try folder.fails(saying: ["\(folder.path): holds both params.pt and params.safetensors"])
    try FileManager.default.removeItem(atPath: "\(folder.path)/params.pt")
    try FileManager.default.removeItem(atPath: "\(folder.path)/params.safetensors")
    try folder.fails(saying: ["\(folder.path): holds neither params.pt nor params.safetensors"])
    try Data("text".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/params.pt"))
    try folder.fails(saying: ["params.pt: is no file of torch.save"])
    try FileManager.default.removeItem(atPath: "\(folder.path)/config.json")
    try folder.fails(saying: ["config.json: cannot be read: there is no such file"])
  }
}

/// A model with a lens, and what the package reads from it.
private struct TunedBench {
  let folder: String
  let model: Model
  let decoder: any LanguageDecoder
  let probe: DecoderProbe
  private let expected: NameTable<Weight>

  init(_ name: String) throws {
    folder = Fixtures.path("tunedlens/\(name)")
    model =
      try name == "lenses"
      ? Bench.loader.load(Fixtures.path("lenses/checkpoint")) : Bench.model(name)
    decoder = try model.text().decoder
    let inputs = try SafetensorsFile(contentsOf: "\(folder)/inputs.safetensors").tensors
    probe = DecoderProbe(
      try model.text(), model.identity,
      ids: try #require(inputs["token_ids"]).integers().map { Int($0) })
    expected = try SafetensorsFile(contentsOf: "\(folder)/expected.safetensors").tensors
  }

  /// A translator that changes nothing.
  var zeros: Linear {
    let width = decoder.hiddenSize
    return Linear(
      Weight(
        name: "zeros", floats: Array(repeating: 0, count: width * width), shape: [width, width]),
      compute: model.identity.compute)
  }

  var layers: [Stage] { (0...decoder.blockCount).map(Stage.hidden) }

  func states(_ stages: [Stage]) throws -> StateBatch {
    try probe.states(of: probe.ids, at: stages)
  }

  func reader(of path: String) throws -> any LensReader {
    try Lens.tuned.make(
      LensResources(decoder: decoder, compute: model.identity.compute, path: path))
  }

  /// How far a lens' readings of all layers are from the package's.
  struct Difference: CustomStringConvertible {
    /// The neighbours that are others.
    var others = 0
    var count = 0
    /// The largest difference of logits, over the largest magnitude or 1.
    var score: Float = 0
    var probability: Double = 0

    var holds: Bool { count > 0 && others == 0 && score < 1e-4 && probability < 1e-4 }

    var description: String {
      "\(count) neighbours, \(others) others, worst logit \(score), probability \(probability)"
    }
  }

  func difference(of lens: any LensReader) throws -> Difference {
    let found = try lens.neighbors(of: states(layers), topK: 5).flatMap(\.self)
    let ids = try #require(expected["tuned.id"]).integers()
    let scores = try #require(expected["tuned.score"]).floats()
    let probabilities = try #require(expected["tuned.probability"]).floats()
    #expect(found.count == ids.count)
    let largest = max(scores.map(abs).max() ?? 1, 1)
    var difference = Difference()
    for (index, neighbor) in found.enumerated() where index < ids.count {
      difference.count += 1
      if neighbor.tokenID != Int(ids[index]) { difference.others += 1 }
      let score = abs(neighbor.score - scores[index]) / largest
      let probability = abs((neighbor.probability ?? .infinity) - Double(probabilities[index]))
      difference.score = max(difference.score, score.isNaN ? .infinity : score)
      difference.probability = max(
        difference.probability, probability.isNaN ? .infinity : probability)
    }
    return difference
  }
}

/// A copy of a lens' folder, in which something can be spoilt.
private struct Spoilt {
  private let bench: TunedBench
  private let folder: TemporaryFolder
  var path: String { "\(folder.path)/lens" }

  init(_ bench: TunedBench, _ form: TunedLensTests.Form) throws {
    self.bench = bench
    folder = try TemporaryFolder()
    try FileManager.default.copyItem(
      atPath: "\(bench.folder)/\(form.rawValue)", toPath: "\(folder.path)/lens")
  }

  func replace(_ stored: String, by other: String) throws {
    let text = String(decoding: try Fixtures.bytes("\(path)/config.json"), as: UTF8.self)
    let spoilt = text.replacingOccurrences(of: stored, with: other)
    #expect(spoilt != text)
    try Data(spoilt.utf8).write(to: URL(fileURLWithPath: "\(path)/config.json"))
  }

  func fails(saying words: [String]) throws {
    do {
      _ = try bench.reader(of: path)
      Issue.record("no complaint with \(words)")
    } catch {
      for word in words { #expect("\(error)".contains(word), "\(word) is not in: \(error)") }
      #expect(!"\(error)".contains("\n"))
    }
  }
}
