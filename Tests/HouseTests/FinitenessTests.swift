import LatentLensComponents
import LatentLensFormats
import LatentLensModels
import LatentLensSession
import LatentLensTestSupport
import Testing

/// Numbers that are none, or tell nothing, are named where they arise.
@Suite struct FinitenessTests {
  /// A copy of a decoder's fixture in which one weight is no number.
  private func spoilt(
    _ tensor: String, at place: Int, by value: Float, in folder: TemporaryFolder
  ) throws -> String {
    try changed(tensor, in: folder) { $0[place] = value }
  }

  /// A copy of a decoder's fixture with another weight.
  private func changed(
    _ tensor: String, of fixture: String = "llama-gqa", in folder: TemporaryFolder,
    _ change: (inout [Float]) -> Void
  ) throws -> String {
    let source = Fixtures.path("parity/\(fixture)")
    _ = try folder.write(try Fixtures.bytes("\(source)/config.json"), to: "config.json")
    try copyWeights(of: source, to: folder.path) { if $0 == tensor { change(&$1) } }
    return folder.path
  }

  @Test func aStateThatIsNoNumberIsNamedWhereItArises() throws {
    let inputs = Fixtures.path("parity/llama-gqa/inputs.safetensors")
    let ids = try #require(SafetensorsFile(contentsOf: inputs).tensors["token_ids"]).integers()
    let first = try #require(ids.firstIndex(of: ids[7]))
    for (tensor, place, value, complaint) in [
      (
        "model.embed_tokens.weight", Int(ids[7]) * 48, Float.nan,
        "hidden.0 has a NaN at token \(first)"
      ),
      ("model.layers.1.mlp.down_proj.weight", 3, .nan, "hidden.2 has a NaN at token 0"),
      ("model.norm.weight", 5, .infinity, "hidden.norm has an infinity at token 0"),
    ] {
      let folder = try TemporaryFolder()
      let model = try Bench.loader.load(spoilt(tensor, at: place, by: value, in: folder))
      let job = try StatesJob(model, source: .inputs(inputs), layers: .all, logits: true)
      let error = #expect(throws: HostError.self) { try job.run(to: "\(folder.path)/out") }
      #expect(error?.description.hasSuffix(complaint) == true, "\(error?.description ?? "")")
      #expect(folder.contents == ["config.json", "model.safetensors"])
      let verification = try Verification(model, golden: Fixtures.path("parity/llama-gqa"))
      #expect(!verification.passed)
      let deviation = try #require(verification.firstDeviation)
      #expect(complaint.hasPrefix(deviation.name) && deviation.figure == .infinity)
      #expect(verification.text.contains("FAILED"))
    }
  }

  /// Its length would be an infinity, and what is compared with it no number.
  @Test func aStateThatIsTooLargeToBeMeasuredIsNamed() throws {
    let folder = try TemporaryFolder()
    let model = try Bench.loader.load(
      spoilt("model.norm.weight", at: 5, by: 1e38, in: folder))
    let inputs = Fixtures.path("parity/llama-gqa/inputs.safetensors")
    let job = try StatesJob(model, source: .inputs(inputs), layers: .all, logits: false)
    let error = #expect(throws: HostError.self) { try job.run(to: "\(folder.path)/out") }
    #expect(
      error?.description.contains("hidden.norm has a number too large to square") == true,
      "\(error?.description ?? "")")
  }

  /// What `generate` says of a copy of the fixture with another weight; the tokens where it says nothing.
  private func generated(
    _ tensor: String, _ change: (inout [Float]) -> Void = { _ in }
  ) throws -> (said: String, ids: [Int]) {
    let folder = try TemporaryFolder()
    let model = try Bench.loader.load(changed(tensor, in: folder, change))
    do {
      return ("", try ForwardPass(model, ids: [3, 4, 5]).generate(limit: 4, endTokens: []))
    } catch {
      let start = "\(folder.path): "
      #expect(error.description.hasPrefix(start), "\(error)")
      return (String(error.description.dropFirst(start.count)), [])
    }
  }

  @Test func whatIsGeneratedFromNumbersThatTellNothingIsRefusedWhereTheyArise() throws {
    let gate = "model.layers.1.mlp.down_proj.weight"
    for (tensor, change, complaint) in [
      ("model.norm.weight", { $0[0] = .nan }, "hidden.norm has a NaN at token 2"),
      ("model.norm.weight", { $0[5] = 1e38 }, "hidden.norm has a number too large to square"),
      (gate, { $0[3] = .infinity }, "hidden.2 has an infinity at token 0"),
      // Finite all the way: norms would make zeros of them, and the head words.
      (gate, { $0 = $0.map { $0 * 1e25 } }, "hidden.2 has a number too large to square at token 0"),
      ("model.embed_tokens.weight", { $0[4 * 48] = 1e30 }, "hidden.0 has a number too large to"),
      ("lm_head.weight", { $0[7] = -.infinity }, "logits has an infinity at token 2"),
      (
        "lm_head.weight", { $0 = $0.map { $0 * 1e12 } },
        "logits has a number too large to tell from those beside it at token 2"
      ),
      (
        "lm_head.weight", { $0 = $0.map { _ in 0 } },
        "logits are all the same at token 2; there is nothing to go on with"
      ),
    ] as [(String, (inout [Float]) -> Void, String)] {
      let outcome = try generated(tensor, change)
      #expect(outcome.said.hasPrefix(complaint), "\(tensor): \(outcome)")
    }
  }

  /// A token that only the model itself says.
  @Test func whatArisesLaterIsFoundLater() throws {
    let sound = try generated("lm_head.weight")
    #expect(sound.said.isEmpty && sound.ids.count == 4)
    let first = try #require(sound.ids.first)
    #expect(![3, 4, 5].contains(first))
    let outcome = try generated("model.embed_tokens.weight") { $0[first * 48] = .nan }
    #expect(outcome.said.hasPrefix("hidden.0 has a NaN at token 3"), "\(outcome)")
  }

  /// Queries are normed between stages: their squares would be infinite, and all keys alike.
  @Test func whatIsTooLargeBetweenStagesIsFoundAtTheNext() throws {
    let folder = try TemporaryFolder()
    let queries = "model.layers.0.self_attn.q_proj.weight"
    let model = try Bench.loader.load(
      changed(queries, of: "qwen3-tiny", in: folder) { $0 = $0.map { $0 * 1e25 } })
    let error = #expect(throws: HostError.self) {
      try ForwardPass(model, ids: [3, 4, 5]).generate(limit: 4, endTokens: [])
    }
    #expect(error?.description.contains("hidden.1 has a NaN at token 0") == true, "\(error as Any)")
  }
}
