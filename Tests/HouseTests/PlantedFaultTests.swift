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

/// The silent errors of the field, each planted on purpose: the checks have to catch every one.
@Suite struct PlantedFaultTests {
  /// A decoder, and some tokens to try it with.
  private func bench() throws -> (model: DecoderModel, decoder: any LanguageDecoder, NumberProbe) {
    guard case .decoder(let model) = try Bench.model("llama-gqa") else {
      throw HostError("the fixture is no decoder")
    }
    let probe = DecoderProbe(model.text, model.identity, ids: [5, 17, 40, 99, 3, 64, 120])
    return (model, model.text.decoder, NumberProbe(decoder: probe))
  }

  @Test func soundLensesPass() throws {
    let (model, decoder, probe) = try bench()
    #expect(try LogitLens(decoder).check(probe).passed)
    let embedding = EmbeddingLens(decoder.embedding, compute: model.identity.compute)
    #expect(try embedding.check(probe).passed)
  }

  @Test func aNormAppliedTwiceIsCaught() throws {
    let (_, decoder, probe) = try bench()
    let lens = LogitLens(decoder) { decoder.normalize(decoder.normalize($0)) }
    #expect(try !lens.check(probe).passed)
  }

  @Test func aNormLeftOutIsCaught() throws {
    let (_, decoder, probe) = try bench()
    let lens = LogitLens(decoder) { $0.copy() }
    #expect(try !lens.check(probe).passed)
  }

  @Test func aNormWithAnothersStatisticsIsCaught() throws {
    let (_, decoder, probe) = try bench()
    // Every state is divided by the first one's length, as if one scale had been cached for all.
    let lens = LogitLens(decoder) { states in
      let own = decoder.normalize(states)
      let norms = states.rowNorms()
      var normed = Matrix(rows: 0, columns: states.columns)
      for row in 0..<states.rows {
        var scaled = own.rows(row..<row + 1)
        scaled.scale(by: norms[row] / norms[0])
        normed = Matrix(joiningRows: normed, scaled)
      }
      return normed
    }
    #expect(try !lens.check(probe).passed)
  }

  @Test func logitsThatAreNoNumbersAreCaught() throws {
    let (_, decoder, probe) = try bench()
    let lens = LogitLens(decoder) { states in
      var normed = decoder.normalize(states)
      normed.scale(by: .nan)
      return normed
    }
    #expect(try !lens.check(probe).passed)
    // As well where the model's own are none, and the lens reads the same.
    #expect(try !lens.check(BrokenProbe(probe: probe)).passed)
    #expect(try !LogitLens(decoder).check(BrokenProbe(probe: probe)).passed)
  }

  @Test func anotherResizeIsCaughtAtThePixels() throws {
    let folder = try TemporaryFolder()
    for name in try FileManager.default.contentsOfDirectory(atPath: Fixtures.demo)
    where ["json", "safetensors"].contains(URL(fileURLWithPath: name).pathExtension) {
      try FileManager.default.copyItem(
        atPath: "\(Fixtures.demo)/\(name)", toPath: "\(folder.path)/\(name)")
    }
    let file = "\(folder.path)/preprocessor_config.json"
    let bilinear = String(decoding: try Fixtures.bytes(file), as: UTF8.self)
      .replacingOccurrences(of: "\"resample\": 3", with: "\"resample\": 2")
    try Data(bilinear.utf8).write(to: URL(fileURLWithPath: file))
    let golden = "\(Fixtures.demo)/golden"
    #expect(try Verification(Bench.demo(), golden: golden).passed)
    let other = try Bench.loader.load("\(folder.path)/model.json")
    let verification = try Verification(other, golden: golden)
    #expect(verification.firstDeviation?.name == "pixels")
  }

  @Test func aQueryThatIsNotNormalisedIsCaught() throws {
    let (model, decoder, probe) = try bench()
    let lens = DotLens(rows: decoder.embedding.weight, compute: model.identity.compute)
    #expect(try !lens.check(probe).passed)
  }

  @Test func anIndexThatIsOffByOneLayerIsCaught() throws {
    let (model, decoder, probe) = try bench()
    let folder = try TemporaryFolder()
    let sound = try index(of: decoder, in: folder, name: "sound", shift: 0)
    let shifted = try index(of: decoder, in: folder, name: "shifted", shift: 1)
    let compute = model.identity.compute
    #expect(try ContextualLens(sound, compute: compute).check(probe).passed)
    #expect(try !ContextualLens(shifted, compute: compute).check(probe).passed)
  }

  @Test func exchangedPatchesAreCaughtAtTheFirstStage() throws {
    let golden = try TemporaryFolder()
    let source = Fixtures.path("parity/llava-tiny")
    for name in ["inputs", "expected"] {
      try FileManager.default.copyItem(
        atPath: "\(source)/\(name).safetensors", toPath: "\(golden.path)/\(name).safetensors")
    }
    let inputs = try SafetensorsFile(contentsOf: "\(source)/inputs.safetensors").tensors
    let pixels = try #require(inputs["pixel_values"])
    let writer = try SafetensorsWriter(
      path: "\(golden.path)/inputs.safetensors",
      tensors: [.init("token_ids", .i64, [21]), .init("pixel_values", .f32, pixels.shape)])
    try writer.write(try #require(inputs["token_ids"]).integers())
    try writer.write(Self.transposed(pixels.floats(), side: 42))
    try writer.finish()
    let verification = try Verification(Bench.model("llava-tiny"), golden: golden.path)
    #expect(!verification.passed)
    #expect(verification.firstDeviation?.name == "vision.0")
  }

  /// Rows become columns in each channel, which is what an encoder sees that reads patches in columns.
  private static func transposed(_ values: [Float], side: Int) -> [Float] {
    values.indices.map { index in
      let (channel, place) = (index / (side * side), index % (side * side))
      return values[channel * side * side + place % side * side + place / side]
    }
  }

  /// An index of two sentences of numbers, whose stored layer `i` holds the states of `i + shift`.
  private func index(
    of decoder: any LanguageDecoder, in folder: TemporaryFolder, name: String, shift: Int
  ) throws -> ContextualIndex {
    let sentences = ["11 12 13 14", "21 22 23"]
    let layers = [1, 2]
    let path = "\(folder.path)/\(name)"
    let maker = IndexIdentity.Maker(weights: "", configuration: "", tokenizer: "", arithmetic: "")
    let writer = try IndexWriter(
      path: path,
      description: IndexDescription(
        modelName: "test",
        identity: IndexIdentity(
          maker: maker, corpus: "", layers: layers, elementType: .f32, rules: .init()),
        hiddenSize: decoder.hiddenSize, rows: 3))
    var first = 0
    for sentence in sentences {
      let ids = NumberProbe.tokens(sentence)
      let place = first..<first + ids.count - 2
      first = place.upperBound
      let observer = StageObserver { stage, state in
        guard case .hidden(let layer) = stage, layers.contains(layer - shift) else { return }
        do {
          try writer.write(
            state.rows(2..<state.rows), to: [place], ofLayer: layer - shift)
        } catch {
          Issue.record(error)
        }
      }
      _ = decoder.decode(
        decoder.embed(ids),
        DecoderPass(
          Segments(count: ids.count), through: decoder.blockCount, observer: observer))
    }
    try writer.finish(
      entries: IndexEntries(
        tokenIDs: [13, 14, 23], positions: [2, 3, 2], sentenceIDs: [0, 0, 1],
        sentences: sentences))
    return try ContextualIndex(contentsOf: path)
  }
}

/// A decoder whose sentences are written as the numbers of their tokens.
private struct NumberProbe: LensProbe {
  let decoder: DecoderProbe
  var ids: [Int] { decoder.ids }

  func states(of ids: [Int], at stages: [Stage]) throws -> StateBatch {
    try decoder.states(of: ids, at: stages)
  }

  func logits(of ids: [Int]) throws -> Matrix { try decoder.logits(of: ids) }
  func tokenize(_ text: String) -> [Int] { Self.tokens(text) }

  static func tokens(_ sentence: String) -> [Int] {
    sentence.split(separator: " ").compactMap { Int($0) }
  }
}

/// A decoder whose logits are no numbers.
private struct BrokenProbe: LensProbe {
  let probe: NumberProbe
  var ids: [Int] { probe.ids }

  func states(of ids: [Int], at stages: [Stage]) throws -> StateBatch {
    try probe.states(of: ids, at: stages)
  }

  func logits(of ids: [Int]) throws -> Matrix {
    var logits = try probe.logits(of: ids)
    logits.scale(by: .nan)
    return logits
  }

  func tokenize(_ text: String) -> [Int] { probe.tokenize(text) }
}

/// EmbeddingLens with the mistake of comparing by plain products.
private struct DotLens: LensReader {
  let rows: Weight
  let compute: Compute

  func neighbors(of batch: borrowing StateBatch, topK: Int) -> [[Neighbor]] {
    nearest(batch.states, among: rows, k: topK, measure: .dot, compute: compute).map {
      $0.map { Neighbor(tokenID: $0.row, score: $0.score) }
    }
  }

  func scores(of batch: borrowing StateBatch, with neighbors: [Neighbor]) -> [Float] {
    LatentLensKernels.scores(batch.states, with: neighbors.map(\.tokenID), of: rows, measure: .dot)
  }

  func check(_ probe: any LensProbe) throws -> Check { try EmbeddingLens.check(self, probe) }
}
