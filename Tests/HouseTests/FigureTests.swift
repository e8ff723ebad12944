import Foundation
import LatentLensFormats
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
