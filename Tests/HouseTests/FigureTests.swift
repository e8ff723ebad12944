import Foundation
import LatentLensFormats
import LatentLensIndexing
import LatentLensLenses
import LatentLensModels
import LatentLensReading
import LatentLensTestSupport
import Testing

/// The numbers that reports draw.
@Suite struct FigureTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ name: String, lens: String, layers: String) throws -> String {
    var request = Request.demo(name, images: ["night", "coast"])
    request.lenses = [try ChosenLens(lens)]
    request.layers = try LayerSelection(layers)
    request.topK = 3
    request.captions = false
    request.output = "\(folder.path)/\(name)"
    _ = try RunJob(request, loader: Bench.loader).run()
    return request.output
  }

  private func comparison(_ runs: [String]) throws -> JSONNode {
    try Comparison(of: runs).write(to: "\(folder.path)/both")
    let root = try JSONNode(contentsOf: "\(folder.path)/both/comparison.json")
    let schema = try JSONSchema(
      contentsOf: "\(Fixtures.repository)/models/schema/comparison.schema.json")
    #expect(try schema.problems(of: root.value).isEmpty)
    return root
  }

  @Test func layersArePairedByDepthAndNamesByName() throws {
    let root = try comparison([
      run("a", lens: "logit", layers: "connector,0-8"),
      run("b", lens: "embedding", layers: "1,4,8,norm"),
    ])
    let stops = try root.required("stops").elements().map { stop in
      (stop["depth"]?.value, try stop.required("layers").elements().map(\.value))
    }
    // The connector has no counterpart, nor has the norm; a depth has the nearest that was read.
    #expect(stops[0].0 == nil && stops[0].1 == ["connector", .null])
    #expect(stops[1].0 == .integer(0) && stops[1].1 == [0, 1])
    #expect(stops.first { $0.0 == .number(0.5) }?.1 == [4, 4])
    #expect(stops.first { $0.0 == .number(0.75) }?.1 == [6, 4])
    #expect(stops.last?.0 == nil && stops.last?.1 == [.null, "norm"])
    // Runs keep their own lenses.
    let lenses = try root.required("models").elements().map {
      try $0.required("lenses").elements().map { try $0.string() }
    }
    #expect(lenses == [["logit"], ["embedding"]])
    #expect(try root.required("agreement").elements().isEmpty)
  }

  @Test func aModelAgreesWithItselfAndHardlyWithAnotherPicture() throws {
    let run = try run("a", lens: "logit", layers: "4,8")
    let agreement = try comparison([run, run]).required("agreement").elements()
    #expect(agreement.count == 2)
    for one in agreement {
      let words = try one.required("words").decode([[Double]].self)
      let control = try one.required("control").decode([[Double]].self)
      #expect(words == [[1, 1], [1, 1]])
      #expect(control.joined().allSatisfy { $0 < 0.9 })
    }
  }

  @Test func statesAreAlikeWhereTheyAreTheSameAndNowhereElse() throws {
    let run = try run("a", lens: "logit", layers: "0,4")
    let other = try self.run("b", lens: "embedding", layers: "4,8")
    let states = try comparison([run, other]).required("states").elements()
    #expect(
      try states.map { try $0.required("models").decode([Int].self) } == [
        [0, 0], [0, 1], [1, 1],
      ])
    let (own, cross) = (states[0], states[1])
    #expect(try own.required("places").integer() > 20)
    let itself = try own.required("cka").decode([[Double]].self)
    #expect(itself[0][0] == 1 && itself[1][1] == 1 && abs(itself[0][1] - itself[1][0]) < 1e-5)
    // Layer 4 is the same in both runs; over other pictures hardly anything is left.
    let matrix = try cross.required("cka").decode([[Double]].self)
    #expect(matrix[1][0] == 1 && matrix[0][0] == itself[0][1])
    #expect(try cross.required("control").decode([[Double]].self)[1][0] < 0.8)
    // An evaluation of the comparison keeps them.
    let both = try FinishedRun(in: "\(folder.path)/both")
    _ = try both.write(evaluation: ["rules": [:], "models": []], to: both.folder)
    let again = try JSONNode(contentsOf: "\(both.folder)/comparison.json")
    #expect(try again.required("states").elements().map(\.value) == states.map(\.value))
  }

  @Test func curvesAreOfWhatWasRead() throws {
    let out = try run("a", lens: "embedding", layers: "4")
    let model = try comparison([out, out]).required("models").elements()[0]
    let images = try model.required("curves").required("images")
    let reading = try images.required("readings").elements()[0]
    #expect(try reading.required("tokens").integer() == 288)
    var scores: [Double] = []
    var norms: [Double] = []
    let results = try JSONNode(contentsOf: "\(out)/results.json")
    for image in try results.required("models").elements()[0].required("images").elements() {
      let columns = try image.required("readings").elements()[0]
      scores += try columns.required("similarity").decode([[Double]].self).map { $0[0] }
      norms += try columns.required("norm").decode([Double].self)
    }
    let middle = try reading.required("nearness").required("middle").number()
    #expect(abs(middle - (scores.sorted()[143] + scores.sorted()[144]) / 2) < 1e-5)
    let norm = try images.required("norms").elements()[0].required("norm").required("middle")
    #expect(abs(try norm.number() - (norms.sorted()[143] + norms.sorted()[144]) / 2) < 1e-3)
  }

  @Test func anEvaluationComesAlong() throws {
    let out = try run("a", lens: "logit", layers: "4")
    let file = "\(out)/evaluation.json"
    let digest = try SHA256.digest(ofFile: "\(out)/results.json")
    func evaluate(_ digest: String) throws {
      try Data(
        "{\"results_sha256\": \"\(digest)\", \"rules\": {}, \"models\": [{\"name\": \"demo\"}]}"
          .utf8
      ).write(to: URL(fileURLWithPath: file))
    }
    try evaluate(digest)
    try Comparison(of: [out, out]).write(to: "\(folder.path)/both")
    let both = "\(folder.path)/both/comparison.json"
    let models = try JSONNode(contentsOf: both).required("evaluation").required("models").elements()
    #expect(try models.map { try $0.required("name").string() } == ["demo", "demo 2"])
    // That of older results does not.
    try evaluate(String(repeating: "0", count: 64))
    try Comparison(of: [out, out]).write(to: "\(folder.path)/both")
    #expect(try JSONNode(contentsOf: both)["evaluation"] == nil)
  }

  /// A run's evaluation, as far as it is laid beside others'.
  private func evaluate(
    _ run: String, threshold: Double = 0.5, judge: String? = nil
  ) throws {
    let digest = try SHA256.digest(ofFile: "\(run)/results.json")
    let judged =
      judge.map {
        """
        {"endpoint": "e", "model": "\($0)", "options": {}, "prompt": "p", "patches": 2, "seed": 42, "models": [
        {"name": "demo", "means": {}, "scores": [{"lens": "logit", "layer": 4, "patches": [
        {"image": 0, "token": 3}, {"image": 1, "token": 5}]}]}]}
        """
      } ?? "null"
    try Data(
      """
      {"results_sha256": "\(digest)", "rules": {"threshold": \(threshold)}, "models": [{"name": "demo"}],
      "judge": \(judged)}
      """.utf8
    ).write(to: URL(fileURLWithPath: "\(run)/evaluation.json"))
  }

  @Test func whatIsEvaluatedOtherwiseIsLeftOutAndSaid() throws {
    let runs = try ["a", "b"].map { try run($0, lens: "logit", layers: "4") }
    try evaluate(runs[0])
    try evaluate(runs[1], threshold: 0.4)
    let other = try Comparison(of: runs)
    #expect(other.warnings.count == 1 && other.warnings[0].hasPrefix("\(runs[1]): is evaluated"))
    #expect(
      try other.numbers().required("evaluation").required("models").elements().count == 1)
    #expect(try other.numbers().required("warnings").elements().count == 1)
    try evaluate(runs[0], judge: "j")
    try evaluate(runs[1], judge: "k")
    let judges = try Comparison(of: runs)
    #expect(judges.warnings.count == 1 && judges.warnings[0].contains("another judge"))
    try evaluate(runs[1])
    #expect(try Comparison(of: runs).warnings.isEmpty)
    #expect(try Comparison(of: runs).numbers()["warnings"] == nil)
  }

  /// A judge's patches go with their pictures, whose numbers are those of the comparison.
  @Test func whatAJudgeHasSaidComesAlongWithItsPictures() throws {
    func run(_ name: String, _ images: [String]) throws -> String {
      var request = Request.demo(name, images: images)
      request.lenses = [try ChosenLens("logit")]
      request.layers = try LayerSelection("4")
      request.captions = false
      request.output = "\(folder.path)/\(name)"
      _ = try RunJob(request, loader: Bench.loader).run()
      try evaluate(request.output, judge: "j")
      return request.output
    }
    let runs = try [run("a", ["night", "coast"]), run("b", ["winter", "night"])]
    let numbers = try Comparison(of: runs).numbers()
    let judge = try numbers.required("evaluation").required("judge").required("models").elements()
    let patches = try judge.map { model in
      try model.required("scores").elements()[0].required("patches").elements().map {
        [try $0.required("image").integer(), try $0.required("token").integer()]
      }
    }
    // Only the night is shared: the first picture of one, the second of the other.
    #expect(patches == [[[0, 3]], [[0, 5]]])
    #expect(try judge.map { try $0.required("name").string() } == ["demo", "demo 2"])
  }

  @Test func banksThatDifferAreSaid() throws {
    func run(
      _ name: String, _ corpus: String, _ keep: IndexIdentity.BuildRules.Keep,
      model: String = "\(Fixtures.demo)/model.json"
    ) throws -> String {
      var request = Request.demo(name, images: ["night"])
      request.models = [model]
      request.lenses = [try ChosenLens("latent")]
      request.layers = try LayerSelection("4")
      request.captions = false
      var options = IndexOptions()
      options.keep = keep
      request.index = .build(
        corpus: try folder.write(corpus, to: "\(name).txt"), options: options)
      request.output = "\(folder.path)/\(name)"
      _ = try RunJob(request, loader: Bench.loader).run()
      return request.output
    }
    let text = "the moon shines at night\na red boat on the sea\n"
    let runs = try [
      run("a", text, .first), run("b", text, .first), run("c", text + "a house\n", .first),
      run("d", text, .matched),
    ]
    func warnings(_ other: Int) throws -> [String] {
      try Comparison(of: [runs[0], runs[other]]).warnings
    }
    #expect(try warnings(1).isEmpty)
    #expect(try warnings(2).map { $0.contains("of different texts") } == [true])
    #expect(try warnings(3).map { $0.contains("by different rules") } == [true])
    // Other decoders are no fault, and other tokenizers one by the rule that goes by tokens.
    let other = "\(folder.path)/model"
    try FileManager.default.copyItem(atPath: Fixtures.demo, toPath: other)
    let tokenizer = "\(other)/tokenizer.json"
    let tokens = try Fixtures.bytes(tokenizer) + Array("\n".utf8)
    try Data(tokens).write(to: URL(fileURLWithPath: tokenizer))
    for (keep, partner, said) in [
      (IndexIdentity.BuildRules.Keep.first, 0, true), (.matched, 3, false),
    ] {
      let far = try run("other-\(keep)", text, keep, model: "\(other)/model.json")
      let warnings = try Comparison(of: [runs[partner], far]).warnings
      #expect(warnings.count == (said ? 1 : 0), "\(warnings)")
      #expect(
        warnings.allSatisfy { $0.contains("by the rule `first` with different tokenizers") })
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: runs[2])
    let index = try #require(names.first { $0.hasSuffix(".index") })
    try FileManager.default.removeItem(atPath: "\(runs[2])/\(index)")
    #expect(try warnings(2).map { $0.contains("is not where the run had it") } == [true])
  }

  @Test func patchesOverlapByTheirPolygons() {
    func square(_ x: Double, _ y: Double, _ side: Double) -> Patch {
      Patch(corners: [x, y, x + side, y, x + side, y + side, x, y + side])
    }
    #expect(square(0, 0, 2).overlap(with: square(0, 0, 2)) == 1)
    #expect(abs(square(0, 0, 2).overlap(with: square(1, 1, 2)) - 1.0 / 7) < 1e-12)
    #expect(square(0, 0, 2).overlap(with: square(2, 0, 2)) == 0)
    // A rhombus within a square, either way round.
    let rhombus = [1.0, 0, 2, 1, 1, 2, 0, 1]
    #expect(square(0, 0, 2).overlap(with: Patch(corners: rhombus)) == 0.5)
    let turned = [1.0, 0, 0, 1, 1, 2, 2, 1]
    #expect(Patch(corners: turned).overlap(with: square(0, 0, 2)) == 0.5)
    #expect(Patch(corners: rhombus).overlap(with: square(1, 1, 5)) > 0)
  }
}
