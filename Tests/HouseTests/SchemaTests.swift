import Foundation
import LatentLensFormats
import LatentLensIndexing
import LatentLensLenses
import LatentLensModels
import LatentLensReading
import LatentLensTestSupport
import Testing

/// What is written, and what is read, is what the published schemas say.
@Suite struct SchemaTests {
  private static let models = "\(Fixtures.repository)/models"

  private func schema(_ name: String) throws -> JSONSchema {
    try JSONSchema(contentsOf: "\(Self.models)/schema/\(name).schema.json")
  }

  /// The JSON files of a folder and those below it that say that a schema describes them.
  private func documents(of schema: String) throws -> [String] {
    let files = FileManager.default.enumerator(atPath: Self.models)?.compactMap { $0 as? String }
    return try (files ?? []).filter { $0.hasSuffix(".json") }.sorted().map {
      "\(Self.models)/\($0)"
    }
    .filter {
      try JSONNode(contentsOf: $0)["$schema"]?.string().hasSuffix("/\(schema).schema.json") == true
    }
  }

  @Test func everyModelManifestFits() throws {
    let schema = try schema("model")
    let manifests = try documents(of: "model")
    #expect(manifests.count >= 25)
    for path in manifests {
      #expect(try schema.problems(of: JSONNode(contentsOf: path).value).isEmpty, "\(path)")
    }
  }

  @Test func everyRunManifestFits() throws {
    let schema = try schema("run")
    let manifests = try documents(of: "run")
    #expect(!manifests.isEmpty)
    for path in manifests {
      #expect(try schema.problems(of: JSONNode(contentsOf: path).value).isEmpty, "\(path)")
    }
  }

  @Test func whatARunWritesFits() throws {
    let folder = try TemporaryFolder()
    let corpus = try folder.write(
      "the moon shines at night\na red boat on the sea\n", to: "corpus.txt")
    var request = Request.demo("x", images: ["night"])
    request.layers = try LayerSelection("0,8,norm")
    request.tokens = .all
    request.texts = ["the moon shines at night"]
    request.index = .build(corpus: corpus, options: IndexOptions())
    request.output = "\(folder.path)/out"
    _ = try RunJob(request, loader: Bench.loader).run()
    let results = try JSONNode(contentsOf: "\(request.output)/results.json").value
    #expect(try schema("results").problems(of: results).isEmpty)
    let index = try #require(
      FileManager.default.contentsOfDirectory(atPath: request.output)
        .first { $0.hasSuffix(".index") })
    let description = try JSONNode(contentsOf: "\(request.output)/\(index)/index.json").value
    #expect(try schema("index").problems(of: description).isEmpty)

    // What was asked for can be asked for again.
    let asked = try JSONNode(results, file: "results.json").required("run").value
    let manifest = JSONObject(
      try JSONNode(asked, file: "run").members().filter { $0.node.value != .null }
        .map { ($0.key, Self.withoutNull($0.node.value)) })
    #expect(try schema("run").problems(of: .object(manifest)).isEmpty)

    let comparison = try Comparison(of: [request.output, request.output])
    try comparison.write(to: "\(folder.path)/both")
    let both = try JSONNode(contentsOf: "\(folder.path)/both/results.json").value
    #expect(try schema("results").problems(of: both).isEmpty)

    try damageIsFound(in: results, description)
  }

  private static func withoutNull(_ value: JSONValue) -> JSONValue {
    guard case .object(let object) = value else { return value }
    return .object(
      JSONObject(object.members.filter { $0.value != .null }.map { ($0.key, $0.value) }))
  }

  /// A document that was spoilt does not fit.
  private func damageIsFound(in results: JSONValue, _ index: JSONValue) throws {
    let schema = try schema("results")
    func spoil(_ member: String, _ value: JSONValue?, of results: JSONValue) throws -> [String] {
      guard case .object(var object) = results else { return [] }
      object[member] = value
      return try schema.problems(of: .object(object))
    }
    #expect(try !spoil("version", 2, of: results).isEmpty)
    #expect(try !spoil("models", nil, of: results).isEmpty)
    #expect(try !spoil("tool", "latentlens", of: results).isEmpty)
    #expect(try !spoil("extra", 1, of: results).isEmpty)
    #expect(try !spoil("run", ["name": "x"], of: results).isEmpty)
    guard case .object(var description) = index else { return }
    description["dtype"] = "f99"
    #expect(try !self.schema("index").problems(of: .object(description)).isEmpty)
    description["dtype"] = "f32"
    description["rows"] = 0
    #expect(try !self.schema("index").problems(of: .object(description)).isEmpty)
  }

  @Test func damagedManifestsDoNotFit() throws {
    let (model, run) = try (schema("model"), schema("run"))
    let weights: JSONValue = ["weights": "w"]
    let sound: [JSONValue] = [
      ["name": "x", "checkpoint": "c"], ["name": "x", "decoder": weights],
      ["name": "x", "encoder": weights],
      ["name": "x", "encoder": weights, "connector": weights, "decoder": weights],
    ]
    for manifest in sound { #expect(try model.problems(of: manifest).isEmpty) }
    let broken: [JSONValue] = [
      ["name": "x"], ["checkpoint": "c"], ["name": 3, "checkpoint": "c"],
      ["name": "x", "checkpoint": "c", "decoder": weights],
      ["name": "x", "checkpoint": "c", "promt": "p"], ["name": "x", "decoder": ["layers": [1]]],
      ["name": "x", "encoder": ["weights": "w", "layers": ["1"]]],
      ["name": "x", "checkpoint": "c", "orientation": "sideways"],
    ]
    for manifest in broken { #expect(try !model.problems(of: manifest).isEmpty, "\(manifest)") }
    func asking(_ members: [(String, JSONValue)]) -> JSONValue {
      .object(JSONObject([("name", "x"), ("models", ["m"]), ("images", ["i"])] + members))
    }
    let bare: [(String, JSONValue)] = [("name", "x"), ("models", ["m"])]
    let inputs: [([(String, JSONValue)], Bool)] = [
      ([], false), ([("images", [])], false), ([("images", []), ("texts", [])], false),
      ([("texts", ["t"])], true), ([("images", []), ("texts", ["t"])], true),
      ([("images", ["i"]), ("texts", ["t"])], true), ([("texts", [1])], false),
    ]
    for (members, fits) in inputs {
      let manifest = JSONValue.object(JSONObject(bare + members))
      #expect(try run.problems(of: manifest).isEmpty == fits, "\(members)")
    }
    for members: [(String, JSONValue)] in [
      [], [("lenses", ["logit", ["lens": "tuned", "path": "p"]])], [("layers", [1, "norm"])],
      [("index", ["path": "p"])], [("index", ["corpus": "c", "dtype": "i8"])],
      [("index", ["corpus": "c", "keep": "matched"])],
    ] {
      #expect(try run.problems(of: asking(members)).isEmpty, "\(members)")
    }
    for members: [(String, JSONValue)] in [
      [("models", [])], [("top_k", 0)], [("top_k", 1001)], [("top_k", 2.5)], [("tokens", "none")],
      [("lenses", [["lens": "tuned"]])], [("index", ["path": "p", "corpus": "c"])],
      [("index", [:])], [("index", ["corpus": "c", "keep": "some"])],
    ] {
      #expect(try !run.problems(of: asking(members)).isEmpty, "\(members)")
    }
  }

  @Test func aKeywordThatNobodyChecksIsAnError() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("{\"type\": \"string\", \"pattern\": \"^a\"}", to: "schema.json")
    #expect(throws: JSONError.self) { try JSONSchema(contentsOf: path).problems(of: "b") }
  }
}
