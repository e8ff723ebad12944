import Foundation
import LatentLensComponents
import LatentLensFormats
import LatentLensKernels
import LatentLensLenses
import LatentLensModelHost
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// The silent errors of the field, each planted on purpose: the checks have to catch every one.
@Suite struct PlantedFaultTests {
  private func checks(_ model: Model) throws -> SelfChecks {
    try SelfChecks(model, probe: [5, 17, 40, 99, 3, 64, 120])
  }

  @Test func soundLensesPass() throws {
    let model = try Bench.model("llama-gqa")
    let decoder = try model.requireDecoder()
    let logit = LogitLens(head: decoder.head) { decoder.normalize($0) }
    let embedding = EmbeddingLens(embedding: decoder.embedding, compute: model.compute)
    #expect(try checks(model).logitLensAgrees(logit).passed)
    #expect(try checks(model).embeddingLensFindsItself(embedding).passed)
  }

  @Test func aNormAppliedTwiceIsCaught() throws {
    let model = try Bench.model("llama-gqa")
    let decoder = try model.requireDecoder()
    let lens = LogitLens(head: decoder.head) { decoder.normalize(decoder.normalize($0)) }
    #expect(try !checks(model).logitLensAgrees(lens).passed)
  }

  @Test func aNormLeftOutIsCaught() throws {
    let model = try Bench.model("llama-gqa")
    let decoder = try model.requireDecoder()
    let lens = LogitLens(head: decoder.head) { $0.copy() }
    #expect(try !checks(model).logitLensAgrees(lens).passed)
  }

  @Test func aNormWithAnothersStatisticsIsCaught() throws {
    let model = try Bench.model("llama-gqa")
    let decoder = try model.requireDecoder()
    // Every state is divided by the first one's length, as if one scale had been cached for all.
    let lens = LogitLens(head: decoder.head) { states in
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
    #expect(try !checks(model).logitLensAgrees(lens).passed)
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
    let model = try Bench.model("llama-gqa")
    let decoder = try model.requireDecoder()
    let lens = DotLens(rows: decoder.embedding.weight, compute: model.compute)
    #expect(try !checks(model).embeddingLensFindsItself(lens).passed)
  }

  @Test func anIndexThatIsOffByOneLayerIsCaught() throws {
    let model = try Bench.model("llama-gqa")
    let folder = try TemporaryFolder()
    let sound = try index(of: model, in: folder, name: "sound", shift: 0)
    let shifted = try index(of: model, in: folder, name: "shifted", shift: 1)
    let check = { (index: ContextualIndex) in
      try self.checks(model).latentLensFindsItself(
        LatentLens(index, compute: model.compute), tokenize: Self.tokens)
    }
    #expect(try check(sound).passed)
    #expect(try !check(shifted).passed)
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

  private static func tokens(_ sentence: String) -> [Int] {
    sentence.split(separator: " ").compactMap { Int($0) }
  }

  /// An index of two sentences of numbers, whose stored layer `i` holds the states of `i + shift`.
  private func index(
    of model: Model, in folder: TemporaryFolder, name: String, shift: Int
  ) throws -> ContextualIndex {
    let decoder = try model.requireDecoder()
    let sentences = ["11 12 13 14", "21 22 23"]
    let layers = [1, 2]
    let path = "\(folder.path)/\(name)"
    let writer = try IndexWriter(
      path: path,
      description: IndexDescription(
        modelName: "test", modelFingerprint: "", hiddenSize: decoder.hiddenSize, layers: layers,
        elementType: .f32, rows: 3, rules: .init(), corpusDigest: ""))
    for sentence in sentences {
      let ids = Self.tokens(sentence)
      _ = decoder.decode(
        decoder.embed(ids), segments: Segments(count: ids.count), through: decoder.blockCount,
        cache: nil
      ) { layer, state in
        guard layers.contains(layer - shift) else { return }
        do {
          try writer.append(state.rows(2..<state.rows), toLayer: layer - shift)
        } catch {
          Issue.record(error)
        }
      }
    }
    try writer.finish(
      entries: IndexEntries(
        tokenIDs: [13, 14, 23], positions: [2, 3, 2], sentenceIDs: [0, 0, 1],
        sentences: sentences))
    return try ContextualIndex(contentsOf: path)
  }
}

/// EmbeddingLens with the mistake of comparing by plain products.
private struct DotLens: Lens {
  let rows: Weight
  let compute: Compute
  var kind: LensKind { .embedding }

  func neighbors(of states: borrowing Matrix, topK: Int) -> [[Neighbor]] {
    nearest(states, among: rows, k: topK, measure: .dot, compute: compute).map {
      $0.map { Neighbor(tokenID: $0.row, score: $0.score) }
    }
  }
}
