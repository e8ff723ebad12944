import Foundation
import LatentLensEvaluation
import LatentLensFormats
import LatentLensIndexing
import LatentLensLenses
import LatentLensModels
import LatentLensReading
import LatentLensReport
import LatentLensTestSupport
import Testing

/// Results that are too large for one file.
@Suite struct PartTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  /// A run of the demo whose readings are written in parts once they take more than so many bytes.
  @discardableResult
  private func run(
    _ name: String, limit: Int, images: [String] = ["night", "coast", "harbour"],
    texts: [String] = []
  ) throws -> String {
    var request = Request.demo(name, images: images)
    request.texts = texts
    request.lenses = try [ChosenLens(.latent), ChosenLens(.logit)]
    request.layers = try LayerSelection("0,4")
    request.topK = 5
    request.captions = false
    request.controls = [.noise]
    let corpus = String(decoding: try Fixtures.bytes("\(Fixtures.demo)/corpus.txt"), as: UTF8.self)
    request.index = .build(
      corpus: try folder.write(
        corpus.split(separator: "\n").prefix(100).joined(separator: "\n"), to: "corpus.txt"),
      options: IndexOptions())
    request.output = path(name)
    _ = try RunJob(request, loader: Bench.loader, partLimit: limit).run()
    return request.output
  }

  private func results(_ run: String) throws -> JSONNode {
    try JSONNode(contentsOf: "\(run)/results.json")
  }

  private func partFolder(_ run: String) throws -> String {
    "\(run)/\(try results(run).required("parts").string())"
  }

  private func bytes(_ run: String, _ file: String) throws -> [UInt8] {
    try Fixtures.bytes("\(run)/\(file)")
  }

  /// The same without the name, which tells runs apart.
  private func text(_ bytes: [UInt8], without name: String) -> String {
    String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: name, with: "NAME")
  }

  /// A truth of a run's pictures: what is on the left, and what on the right.
  private func truth(of run: String) throws -> String {
    let images = try results(run).required("models").elements()[0].required("images").elements()
    let truth = path("truth")
    try FileManager.default.createDirectory(atPath: truth, withIntermediateDirectories: true)
    for image in images {
      let name = try image.required("name").string()
      let (width, height) = try (
        image.required("width").integer(), image.required("height").integer()
      )
      func half(_ word: String, from first: Int) -> String {
        let runs = (0..<height).map { "\($0 * width + first),\(width / 2)" }.joined(separator: ",")
        return "{\"words\":[\"\(word)\"],\"kind\":\"thing\",\"runs\":[\(runs)]}"
      }
      _ = try folder.write(
        "{\"image\":\"\(name)\",\"width\":\(width),\"height\":\(height),\"things\":["
          + half("the", from: 0) + "," + half("night", from: width / 2) + "]}",
        to: "truth/\(name.prefix { $0 != "." }).truth.json")
    }
    return truth
  }

  /// Parts of results that are gone, and of a run that was killed before it cleaned up; nothing else.
  @Test func partsThatNobodyNamesGo() throws {
    let out = try run("out", limit: 0, images: ["night"])
    for name in ["parts-0123456789ab", "parts-of-mine"] {
      try FileManager.default.createDirectory(
        atPath: "\(out)/\(name)", withIntermediateDirectories: false)
    }
    let named = try results(out).required("parts").string()
    _ = try run("out", limit: 0, images: ["night"])
    func folders() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: out).filter { $0.hasPrefix("parts") }
        .sorted()
    }
    #expect(try folders() == [named, "parts-of-mine"].sorted())
    _ = try run("out", limit: .max, images: ["night"])
    #expect(try folders() == ["parts-of-mine"])
  }

  @Test func whatStandsInPartsIsWhatStandsInOneFile() throws {
    let (whole, parted) = try (run("whole", limit: .max), run("parted", limit: 0))
    #expect(try results(whole).required("version").integer() == 3 && results(whole)["parts"] == nil)
    #expect(try results(parted).required("version").integer() == 4)
    let schema = try JSONSchema(
      contentsOf: "\(Fixtures.repository)/models/schema/results.schema.json")
    #expect(try schema.problems(of: results(parted).value).isEmpty)
    // Two models, the control among them, of three pictures, and the pictures.
    let files = try FileManager.default.contentsOfDirectory(atPath: partFolder(parted))
    #expect(files.count { $0.hasSuffix(".safetensors") } == 6 && files.count == 9)

    // Beside another run both come to the same bytes, again in one file.
    for (run, out) in [(whole, "a"), (parted, "b")] {
      try Comparison(of: [run, run]).write(to: path(out))
    }
    #expect(
      try text(bytes(path("a"), "results.json"), without: whole)
        == text(bytes(path("b"), "results.json"), without: parted))
    #expect(
      try bytes(path("a"), "comparison.json") == bytes(path("b"), "comparison.json"))
    // And in parts: what is whole is cut, what is cut is taken over.
    try Comparison(of: [whole, parted]).write(to: path("c"), partLimit: 0)
    try Comparison(of: [path("c"), path("c")]).write(to: path("d"))
    try Comparison(of: [path("a"), path("a")]).write(to: path("e"))
    func models(_ run: String) throws -> [[JSONValue]] {
      try results(run).required("models").elements().map {
        [try $0.required("entries").value, try $0.required("images").value]
      }
    }
    #expect(try models(path("d")) == models(path("e")))
  }

  @Test func aSmallRunIsOneFileAndALargeOneIsCutWhereverItBecomesLarge() throws {
    // 2 lenses x 2 layers x 144 tokens x 5 neighbours x 17 bytes a picture.
    let small = try run("small", limit: 300_000)
    #expect(try results(small)["parts"] == nil)
    let early = try run("early", limit: 0)
    let late = try run("late", limit: 120_000)
    let (one, other) = try (results(early), results(late))
    func told(_ root: JSONNode) throws -> [JSONValue] {
      try root.required("models").elements().map { model in
        .array(
          try [model.required("bands").value, model.required("entries").value]
            + model.required("images").elements().map {
              try $0.required("part").required("sha256").value
            })
      }
    }
    #expect(try told(one) == told(other))
    #expect(
      try results(small).required("models").elements().map { try $0.required("bands").value }
        == one.required("models").elements().map { try $0.required("bands").value })
  }

  @Test func textsStayInTheResultsWithWhatTheyName() throws {
    let texts = ["the moon shines at night", "a red boat"]
    let (whole, parted) = try (
      run("whole", limit: .max, images: ["night"], texts: texts),
      run("parted", limit: 0, images: ["night"], texts: texts)
    )
    func words(_ run: String) throws -> [String] {
      let model = try results(run).required("models").elements()[0]
      let words = try model.required("entries").required("word").decode([String].self)
      return try model.required("texts").elements().flatMap { text in
        try text.required("readings").elements().flatMap {
          try $0.required("entry").decode([[Int]].self).joined().map { words[$0] }
        }
      }
    }
    #expect(try words(whole) == words(parted) && !words(parted).isEmpty)
  }

  @Test func evaluationsAndFindingsAreTheSame() throws {
    let runs = try [run("whole", limit: .max), run("parted", limit: 0)]
    var options = EvaluationOptions()
    options.truthFolder = try truth(of: runs[0])
    let evaluations = try runs.map { run in
      let evaluation = try Evaluation(of: FinishedRun(in: run), options)
      try evaluation.write()
      guard case .object(var object) = evaluation.json else { return JSONValue.null }
      object["results_sha256"] = nil
      return .object(object)
    }
    #expect(evaluations[0] == evaluations[1])
    #expect(try JSONNode(evaluations[0], file: "").required("models").elements().count == 1)
    let found = try runs.map { run in
      let run = try FinishedRun(in: run)
      let hits = try WordHits(of: [WordQuery("the"), WordQuery("of the")], in: run)
      let words = try OccurringWords(in: run)
      return [hits.table(with: []), words.table(limit: 1000)]
    }
    #expect(found[0] == found[1] && found[0][0].contains("of 144"))
    // The report is written with the evaluation in it where the parts are, and nowhere else.
    #expect(
      try text(bytes(runs[1], "report.html"), without: "").contains("\"evaluation\":{\"schema\""))
    #expect(throws: FileError.self) {
      try Evaluation(of: FinishedRun(in: runs[1]), options).write(to: path("elsewhere"))
    }
  }

  @Test func whatIsWrongWithAPartIsSaid() throws {
    let out = try run("a", limit: 0, images: ["night"])
    let part = "\(try partFolder(out))/0.safetensors"
    func complaint() throws -> String {
      do {
        _ = try FinishedRun(in: out).figures()
        return ""
      } catch { return "\(error)" }
    }
    #expect(try complaint() == "")
    var changed = try Fixtures.bytes(part)
    changed[changed.count - 1] ^= 1
    try Data(changed).write(to: URL(fileURLWithPath: part))
    #expect(try complaint().hasPrefix("\(part): is not the file that the results name"))
    try FileManager.default.removeItem(atPath: part)
    #expect(try complaint().hasPrefix("\(part): is not there"))
    let file = "\(out)/results.json"
    let sound = String(decoding: try Fixtures.bytes(file), as: UTF8.self)
    let size = "\"bytes\":\(changed.count)"
    for (old, new) in [
      ("\"0.safetensors\"", "\"../corpus.txt\""), ("\"parts\":\"", "\"parts\":\"../"),
      // Sizes are added.
      (size, "\"bytes\":\(Int.max)"), (size, "\"bytes\":-1"),
    ] {
      let hostile = sound.replacingOccurrences(of: old, with: new)
      #expect(hostile != sound)
      try Data(hostile.utf8).write(to: URL(fileURLWithPath: file))
      #expect(throws: JSONError.self) { try FinishedRun(in: out) }
    }
  }

  /// It would lead out of the next folder that the part is taken over to.
  @Test func aPartIsNoLink() throws {
    let out = try run("a", limit: 0, images: ["night"])
    let part = "\(try partFolder(out))/0.safetensors"
    let elsewhere = path("elsewhere")
    try FileManager.default.moveItem(atPath: part, toPath: elsewhere)
    try FileManager.default.createSymbolicLink(atPath: part, withDestinationPath: elsewhere)
    let error = #expect(throws: FileError.self) {
      try Comparison(of: [out, out]).write(to: path("b"), partLimit: 0)
    }
    #expect(error?.description.hasPrefix("\(part): is a link") == true)
    #expect(PathKind(of: path("b")) == nil)
  }

  @Test func aNeighbourThatIsNoneIsToldWithItsPlace() throws {
    let out = try run("a", limit: .max, images: ["night"])
    let file = "\(out)/results.json"
    let sound = String(decoding: try Fixtures.bytes(file), as: UTF8.self)
    let first = try #require(sound.range(of: "\"entry\":[[")).upperBound
    let end = try #require(sound[first...].firstIndex { !$0.isNumber })
    let hostile = sound.replacingCharacters(in: first..<end, with: "999999")
    try Data(hostile.utf8).write(to: URL(fileURLWithPath: file))
    let error = #expect(throws: JSONError.self) {
      try Comparison(of: [out, out]).write(to: path("b"), partLimit: 0)
    }
    #expect(error?.description.hasPrefix("\(file): models[0].images[0]") == true)
    #expect(error?.description.contains("is none of the model's entries") == true)
    #expect(PathKind(of: path("b")) == nil)
  }

  /// Depths and names of files are made of them.
  @Test func layersAndLensesThatAreNoneAreBorne() throws {
    let out = try run("a", limit: .max, images: ["night"])
    let file = "\(out)/results.json"
    let sound = String(decoding: try Fixtures.bytes(file), as: UTF8.self)
    func figures(replacing old: String, by new: String) throws -> JSONNode {
      let hostile = sound.replacingOccurrences(of: old, with: new)
      #expect(hostile != sound)
      try Data(hostile.utf8).write(to: URL(fileURLWithPath: file))
      return try FinishedRun(in: out).figures()
    }
    let error = #expect(throws: JSONError.self) {
      _ = try figures(replacing: "\"layers\":[0,4]", by: "\"layers\":[0,\(Int.max)]")
    }
    #expect(error?.description.contains("is none of a decoder of") == true)
    let plots = try Plots(of: figures(replacing: "\"latent\"", by: "\"../../latent\"")).plots
    #expect(plots.contains { $0.name == "nearness-------latent" })
    #expect(plots.allSatisfy { !$0.name.contains("/") && !$0.name.contains(".") })
  }

  @Test func olderPartsGoWithTheirResults() throws {
    let out = try run("a", limit: 0, images: ["night"])
    let first = try partFolder(out)
    let report = try bytes(out, "report.html")
    #expect(try run("a", limit: 0, images: ["night"]) == out)
    #expect(try partFolder(out) == first && bytes(out, "report.html") == report)
    try run("a", limit: 0, images: ["coast"])
    #expect(try partFolder(out) != first && PathKind(of: first) == nil)
    try run("a", limit: .max, images: ["coast"])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: out).filter { !$0.hasSuffix(".index") }
        .sorted()
        == ["report.html", "results.json", "sketch.safetensors"])
  }
}
