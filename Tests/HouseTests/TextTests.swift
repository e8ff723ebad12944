import Foundation
import LatentLensComponents
import LatentLensFormats
import LatentLensIndexing
import LatentLensLenses
import LatentLensModels
import LatentLensReading
import LatentLensSession
import LatentLensTensors
import LatentLensTestSupport
import LatentLensTokenization
import Testing

/// Texts are read as images are, by a decoder alone and by a vision-language model.
@Suite struct TextTests {
  static let sources = ["\(Fixtures.demo)/model.json", Fixtures.path("lenses/checkpoint")]
  static let corpus = [
    "a red boat on the sea under the moon", "two white sheep stand on the grass",
    "the moon shines at night over the village",
  ]

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Reads texts, and returns what was found about the model.
  private func read(
    _ source: String, _ texts: [String], _ change: (inout Request) throws -> Void
  ) throws -> JSONNode {
    var request = Request(name: "texts", models: [source], texts: texts)
    request.output = "\(folder.path)/out"
    try change(&request)
    _ = try RunJob(request, loader: Bench.loader).run()
    let root = try JSONNode(contentsOf: "\(request.output)/results.json")
    return try #require(try root.required("models").elements().first)
  }

  private func readings(
    _ owner: JSONNode, of lens: String
  ) throws -> [(layer: JSONValue, node: JSONNode)] {
    try owner.required("readings").elements()
      .filter { try $0.required("lens").string() == lens }
      .map { (try $0.required("layer").value, $0) }
  }

  @Test(arguments: sources) func theStatesAreThoseOfTheCommandStates(_ source: String) throws {
    let text = "a red boat lies on the sea"
    let model = try read(source, [text]) { $0.lenses = try [ChosenLens(.embedding)] }
    let file = "\(folder.path)/states.safetensors"
    let loaded = try Bench.loader.load(source)
    try StatesJob(loaded, source: .text(text), layers: .all, logits: false).run(to: file)
    let states = try SafetensorsFile(contentsOf: file).tensors
    let found = try #require(try model.required("texts").elements().first)
    let read = try readings(found, of: "embedding")
    #expect(try read.count == loaded.text().decoder.blockCount + 1)
    let width = try loaded.text().decoder.hiddenSize
    for (number, reading) in read.enumerated() {
      #expect(reading.layer == .integer(Int64(number)))
      let values = try #require(states["hidden.\(number)"]).floats()
      let norms = try reading.node.required("norm").decode([Double].self)
      #expect(norms.count * width == values.count)
      for (row, norm) in norms.enumerated() {
        let squares = values[row * width..<(row + 1) * width].map { Double($0) * Double($0) }
        #expect(abs(squares.reduce(0, +).squareRoot() - norm) < 1e-3 * max(1, norm))
      }
    }
  }

  @Test(arguments: sources) func everyTokenIsReadWhereItStands(_ source: String) throws {
    let text = "the moon shines, naïve"
    let model = try read(source, [text]) { $0.lenses = try [ChosenLens(.embedding)] }
    let found = try #require(try model.required("texts").elements().first)
    #expect(try found.required("text").string() == text)
    let tokens = try found.required("tokens")
    let ids = try tokens.required("token_id").decode([Int].self)
    let tokenizer = try Bench.loader.load(source).text().tokenizer.get()
    #expect(ids == tokenizer.encode(text))
    #expect(try tokens.required("text").decode([String].self) == ids.map { tokenizer.decode([$0]) })
    let words = try tokens.required("word").decode([String].self)
    let spans = try tokens.required("span").decode([[Int]?].self)
    #expect(Set(["the", "moon", "shines", ",", "naïve"]).isSubset(of: words))
    let scalars = Array(text.unicodeScalars)
    for (word, span) in zip(words, spans) {
      guard let span else { continue }
      var own = String.UnicodeScalarView()
      own.append(contentsOf: scalars[span[0]..<span[1]])
      #expect(word.contains(String(own).trimmed))
    }
    // At layer 0 every token is its own embedding.
    let entries = try model.required("entries").required("token_id").decode([Int].self)
    let first = try #require(try readings(found, of: "embedding").first).node
    let nearest = try first.required("entry").decode([[Int]].self).map { entries[$0[0]] }
    let scores = try first.required("similarity").decode([[Double]].self)
    #expect(nearest == ids)
    #expect(scores.allSatisfy { abs($0[0] - 1) < 1e-4 })
    #expect(try model.required("provenance")["prompt"] == nil)
  }

  @Test(arguments: sources) func aSentenceOfTheCorpusFindsItself(_ source: String) throws {
    let corpus = try folder.write(Self.corpus.joined(separator: "\n"), to: "corpus.txt")
    let model = try read(source, Self.corpus) {
      $0.lenses = try [ChosenLens(.latent)]
      $0.index = .build(corpus: corpus, options: IndexOptions())
    }
    let contextual = try model.required("contextual_layers").decode([Int].self)
    let entries = try model.required("entries")
    let layers = try entries.required("contextual_layer").decode([Int].self)
    let positions = try entries.required("position").decode([Int].self)
    let inTable = try entries.required("sentence").decode([Int].self)
    let sentences = try model.required("sentences").decode([String].self)
    for text in try model.required("texts").elements() {
      let own = try text.required("text").string()
      for (layer, reading) in try readings(text, of: "latent") {
        guard case .integer(let number) = layer, contextual.contains(Int(number)) else { continue }
        let nearest = try reading.required("entry").decode([[Int]].self)
        let scores = try reading.required("similarity").decode([[Double]].self)
        // An index begins behind the first two tokens.
        for position in nearest.indices.dropFirst(2) {
          let entry = nearest[position][0]
          #expect(abs(scores[position][0] - 1) < 1e-4)
          #expect(layers[entry] == Int(number) && positions[entry] == position)
          #expect(sentences[inTable[entry]] == own)
        }
      }
    }
  }

  @Test func imagesAndTextsAreReadInOneRun() throws {
    var request = Request.demo("both", images: ["night"])
    request.texts = ["the moon shines at night"]
    request.lenses = try [ChosenLens(.logit)]
    request.layers = try LayerSelection("connector,4")
    request.captions = false
    request.output = "\(folder.path)/out"
    let outcome = try #require(try RunJob(request, loader: Bench.loader).run())
    let found = try #require(outcome.results.models.first)
    #expect(found.images[0].readings.map(\.layer) == [.connector, .hidden(4)])
    #expect(found.texts[0].readings.map(\.layer) == [.hidden(4)])
    let summary = outcome.results.summary
    #expect(summary.contains("demo: 1 images, 144 visual tokens"))
    #expect(summary.contains("demo: 1 texts, \(found.texts[0].tokens.count) tokens"))
    request.layers = try LayerSelection("connector")
    #expect(throws: HostError.self) { try RunJob(request, loader: Bench.loader).run() }
  }

  @Test func whatAModelCannotReadIsRefusedBeforeAnythingRuns() throws {
    func refuse(_ source: String, _ words: String..., change: (inout Request) throws -> Void) throws
    {
      var request = Request(name: "x", models: [source], texts: ["the moon"])
      request.lenses = try [ChosenLens(.logit)]
      request.output = "\(folder.path)/refused"
      try change(&request)
      do {
        _ = try RunJob(request, loader: Bench.loader).run()
        Issue.record("\(words) was accepted")
      } catch {
        for word in words { #expect("\(error)".contains(word), "\(error)") }
        #expect(!"\(error)".contains("\n"))
      }
      #expect(folder.contents.isEmpty)
    }
    let decoder = Self.sources[1]
    try refuse(decoder, "vision-language") { $0.images = ["\(Fixtures.demo)/images/night.jpg"] }
    try refuse(Fixtures.path("parity/siglip-tiny"), "encoder alone") { _ in }
    try refuse(decoder, "nothing to read") { $0.texts = [] }
    try refuse(decoder, "nothing to read", "words") { $0.texts = ["the moon", ""] }
    try refuse(decoder, "nothing to read", "words") { $0.texts = [" \n "] }
    try refuse(decoder, "at most 128") {
      $0.texts = [String(repeating: "the moon\n", count: 100)]
    }
    try refuse(decoder, "`connector`") { $0.layers = try LayerSelection("connector,1") }
    try refuse(Self.sources[0], "`connector`") { $0.layers = try LayerSelection("connector,1") }
    try refuse(decoder, "prompt", "images") { $0.prompt = "<image>" }
    try refuse(decoder, "`tokens`", "image") { $0.tokens = .all }
  }

  @Test func aManifestMayAskForTextsAlone() throws {
    let path = try folder.write(
      "{\"name\": \"x\", \"models\": [\"m\"], \"lenses\": [\"logit\"], \"texts\": [\"a\", \"b\"]}",
      to: "run.json")
    let request = try Request(contentsOf: path)
    #expect(request.texts == ["a", "b"] && request.images.isEmpty)
    for members in ["\"images\": []", "\"texts\": [], \"images\": []", "\"layers\": 1"] {
      let empty = try folder.write(
        "{\"name\": \"x\", \"models\": [\"m\"], \"lenses\": [\"logit\"], \(members)}",
        to: "empty.json")
      do {
        _ = try Request(contentsOf: empty)
        Issue.record("\(members) was accepted")
      } catch {
        #expect("\(error)".contains("image") && "\(error)".contains("text"), "\(error)")
      }
    }
  }

  @Test func aPlanOfTextsKnowsTheirLength() throws {
    var request = Request(name: "x", models: [Self.sources[1]], texts: ["the moon"])
    request.lenses = try [ChosenLens(.logit)]
    let short = try RunJob(request, loader: Bench.loader).plan()
    request.texts += [String(repeating: "the moon ", count: 40)]
    let long = try RunJob(request, loader: Bench.loader).plan()
    #expect(short.operations > 0 && long.operations > 5 * short.operations)
  }

  @Test func runsAreComparedOverTheTextsThatAllHaveRead() throws {
    func run(_ name: String, _ source: String, _ texts: [String]) throws -> String {
      _ = try read(source, texts) {
        $0.lenses = try [ChosenLens(.logit)]
        $0.layers = try LayerSelection("1")
        $0.output = "\(folder.path)/\(name)"
      }
      return "\(folder.path)/\(name)"
    }
    let (moon, boat, sheep) = ("the moon", "a red boat", "two sheep")
    let first = try run("a", Self.sources[0], [moon, boat, sheep])
    let second = try run("b", Self.sources[1], [sheep, moon])
    let comparison = try Comparison(of: [first, second])
    #expect(comparison.textCount == 2 && comparison.imageCount == 0)
    try comparison.write(to: "\(folder.path)/both")
    let root = try JSONNode(contentsOf: "\(folder.path)/both/results.json")
    let schema = try JSONSchema(
      contentsOf: "\(Fixtures.repository)/models/schema/results.schema.json")
    #expect(try schema.problems(of: root.value).isEmpty)
    for model in try root.required("models").elements() {
      let texts = try model.required("texts").elements().map { try $0.required("text").string() }
      #expect(texts == [moon, sheep])
    }
    let third = try run("c", Self.sources[1], [boat])
    #expect(throws: HostError.self) { try Comparison(of: [second, third]) }
  }
}
