import Foundation
import LatentLensEvaluation
import LatentLensFormats
import LatentLensLenses
import LatentLensModels
import LatentLensReading
import LatentLensTestSupport
import Testing

/// What an evaluation writes beside a run, and when it goes.
@Suite struct EvaluationFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var out: String { "\(folder.path)/out" }

  private func file(_ name: String) -> String { "\(out)/\(name)" }

  /// A run of the demo over two pictures, with a truth that says `sky` of the upper half of both.
  private func run() throws -> (RunJob, EvaluationOptions) {
    var request = Request.demo("x", images: ["night", "coast"])
    request.lenses = [try ChosenLens(.logit), try ChosenLens(.embedding)]
    request.layers = try LayerSelection("0,8,norm")
    request.output = out
    let job = try RunJob(request, loader: Bench.loader)
    let results = try #require(try job.run()).results
    for image in try #require(results.models.first).images {
      let (width, height) = (image.width, image.height)
      let stem = image.name.split(separator: ".")[0]
      _ = try folder.write(
        """
        {"image": "\(image.name)", "width": \(width), "height": \(height), "things": [
          {"words": ["sky"], "kind": "thing", "runs": [0, \(width * (height / 2))]}]}
        """, to: "\(stem).json")
    }
    var options = EvaluationOptions()
    options.truthFolder = folder.path
    return (job, options)
  }

  @Test func itStandsBesideItsResultsUntilTheyAreMadeAnew() throws {
    let (job, options) = try run()
    let plain = try Fixtures.bytes(file("report.html"))
    try Evaluation(of: FinishedRun(in: out), options).write()
    let root = try JSONNode(contentsOf: file("evaluation.json"))
    let schema = try JSONSchema(
      contentsOf: "\(Fixtures.repository)/models/schema/evaluation.schema.json")
    #expect(try schema.problems(of: root.value) == [])
    let digest = try root.required("results_sha256").string()
    #expect(try digest == SHA256.digest(ofFile: file("results.json")))
    let model = try root.required("models").elements()[0]
    #expect(try model.required("tokens").integer() == 144)
    #expect(try model.required("scores").elements().count == 6)

    // The report shows it, and what it showed before.
    let report = String(decoding: try Fixtures.bytes(file("report.html")), as: UTF8.self)
    #expect(report.contains("\"results_sha256\":\"\(digest)\""))
    #expect(report.utf8.count > plain.count)
    #expect(String(decoding: plain, as: UTF8.self).contains("\"evaluation\":null}<"))

    // A second time gives the same bytes.
    let first = try Fixtures.bytes(file("evaluation.json"))
    try Evaluation(of: FinishedRun(in: out), options).write()
    #expect(try Fixtures.bytes(file("evaluation.json")) == first)

    _ = try job.run()
    #expect(PathKind(of: file("evaluation.json")) == nil)
    #expect(try Fixtures.bytes(file("report.html")) == plain)
    try damageIsFound(in: root.value, schema)
  }

  @Test func aFolderOfItsOwnLeavesTheRunAsItIs() throws {
    let (_, options) = try run()
    let plain = try Fixtures.bytes(file("report.html"))
    let other = "\(folder.path)/other"
    let report = try Evaluation(of: FinishedRun(in: out), options).write(to: other)
    #expect(report == "\(other)/report.html")
    #expect(PathKind(of: "\(other)/evaluation.json") == .file)
    #expect(PathKind(of: file("evaluation.json")) == nil)
    #expect(try Fixtures.bytes(file("report.html")) == plain)
  }

  @Test func whereItCannotBeWrittenNothingIsLost() throws {
    let (_, options) = try run()
    let plain = try Fixtures.bytes(file("report.html"))
    try FileManager.default.createDirectory(
      atPath: file("evaluation.json"), withIntermediateDirectories: false)
    let evaluation = try Evaluation(of: FinishedRun(in: out), options)
    #expect(throws: FileError.self) { try evaluation.write() }
    #expect(try Fixtures.bytes(file("report.html")) == plain)
  }

  /// A document that was spoilt does not fit.
  private func damageIsFound(in evaluation: JSONValue, _ schema: JSONSchema) throws {
    guard case .object(let whole) = evaluation else { return }
    for (member, value): (String, JSONValue?) in [
      ("results_sha256", nil), ("version", 1), ("judge", "yes"), ("rules", ["threshold": 0.5]),
      ("extra", 1),
      ("models", [["name": "x"]]),
    ] {
      var object = whole
      object[member] = value
      #expect(try !schema.problems(of: .object(object)).isEmpty, "\(member)")
    }
  }
}
