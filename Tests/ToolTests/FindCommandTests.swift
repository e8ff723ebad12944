import Foundation
import LatentLensFormats
import LatentLensTestSupport
import Testing

/// Words that are looked for in a finished run.
@Suite struct FindCommandTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try run()
  }

  private var out: String { "\(folder.path)/out" }

  /// Two pictures of the demo, through an index that the run has built and through the vocabulary.
  private func run() throws {
    let manifest = try folder.write(
      """
      {"name": "two", "models": ["\(Fixtures.demo)/model.json"],
       "images": ["\(Fixtures.demo)/images/night.jpg", "\(Fixtures.demo)/images/harbour.jpg"],
       "lenses": ["latent", "embedding"], "layers": "0,4", "top_k": 3, "captions": false,
       "index": {"corpus": "corpus.txt", "layers": "1,4", "keep": "matched"}}
      """, to: "run.json")
    let corpus = String(decoding: try Fixtures.bytes("\(Fixtures.demo)/corpus.txt"), as: UTF8.self)
    _ = try folder.write(
      corpus.split(separator: "\n").prefix(200).joined(separator: "\n"), to: "corpus.txt")
    let outcome = try Tool.run(["run", manifest, "--out", out, "--quiet"])
    #expect(outcome.status == 0, "\(outcome.complaint)")
  }

  private func find(_ arguments: [String]) throws -> String {
    let outcome = try Tool.run(["find", "--run", out] + arguments)
    #expect(outcome.status == 0 && outcome.complaint.isEmpty, "\(outcome.complaint)")
    return outcome.output
  }

  /// Without what both sides have in common, random vectors are no nearer than they should be.
  @Test func wordsAreComparedAsTheRunsLensesDo() throws {
    let centred = "\(folder.path)/centred"
    let outcome = try Tool.run([
      "interpret", "--model", "models/demo/model.json", "--image", "models/demo/images/night.jpg",
      "models/demo/images/harbour.jpg", "--lens", "embedding,embedding-all-but-top", "--layers",
      "4",
      "--calibration", "models/demo/images/meadow.jpg", "models/demo/images/winter.jpg", "--out",
      centred,
      "--quiet",
    ])
    #expect(outcome.status == 0, "\(outcome.complaint)")
    let told = try Tool.run(["find", "--run", centred, "sea", "--similarity", "--json"])
    #expect(told.status == 0, "\(told.complaint)")
    let maps = try JSONNode(parsing: Array(told.output.utf8), file: "find").required("queries")
      .elements()[0].required("models").elements()[0].required("similarities").required("maps")
      .elements()
    #expect(
      try maps.map { try $0.required("by").string() }
        == ["embedding", "embedding-all-but-top", "embedding", "embedding-all-but-top"])
    let noise = try maps.map { try abs($0.required("noise").required("mean").number()) }
    let own = try maps.map { try $0.required("similarity").decode([Double].self) }
    #expect(own[0] != own[1] && own.joined().allSatisfy { abs($0) <= 1 })
    #expect(noise[1] < 0.2)
  }

  @Test func whatIsFoundIsPutIntoTheReport() throws {
    _ = try find(["the", "--report"])
    let told = try find(["sea", "--similarity", "--report", "--json"])
    _ = try find(["the", "--similarity", "--report", "--layer", "4"])
    let found = try JSONNode(contentsOf: "\(out)/found.json")
    let schema = try JSONSchema(
      contentsOf: "\(Fixtures.repository)/models/schema/find.schema.json")
    #expect(try schema.problems(of: found.value).isEmpty)
    let queries = try found.required("queries").elements()
    #expect(try queries.map { try $0.required("text").string() } == ["sea", "the"])
    #expect(
      try queries[0].value
        == JSONNode(parsing: Array(told.utf8), file: "").required("queries").elements()[0].value)
    let page = String(decoding: try Fixtures.bytes("\(out)/report.html"), as: UTF8.self)
    #expect(page.contains("\"found\":[{\"text\":\"sea\""))
    // An evaluation keeps it; another run does not.
    let moved = "\(folder.path)/moved"
    let outcome = try Tool.run(["evaluate", out, "--out", moved])
    #expect(outcome.status == 1)
    try run()
    #expect(PathKind(of: "\(out)/found.json") == nil)
  }

  /// The results' own neighbours, read by other code: the tokens that have a word among them.
  private func tokens(_ isMeant: (String) -> Bool, lens: String, layer: Int) throws -> [[Int]] {
    let model = try JSONNode(contentsOf: "\(out)/results.json").required("models").elements()[0]
    let words = try model.required("entries").required("word").elements().map { try $0.string() }
    return try model.required("images").elements().map { image in
      let reading = try #require(
        try image.required("readings").elements().first {
          try $0.required("lens").string() == lens && $0.required("layer").integer() == layer
        })
      return try reading.required("entry").elements().enumerated().filter { _, list in
        try list.elements().contains { isMeant(words[try $0.integer()].lowercased()) }
      }.map(\.offset)
    }
  }

  /// The commonest word that has letters alone and no ending that is folded away.
  private func commonWord() throws -> String {
    let words = try JSONNode(parsing: Array(try find(["--words", "--json"]).utf8), file: "words")
      .required("models").elements()[0].required("words").elements()
    let word = try words.first { node in
      let word = try node.required("word").string()
      return try word.count > 2 && word.allSatisfy(\.isLetter)
        && !["s", "d", "g"].contains(where: word.hasSuffix)
        && node.required("readings").integer() > 0
    }
    return try #require(word).required("word").string()
  }

  @Test func hitsAreThoseOfTheResults() throws {
    let word = try commonWord()
    let forms: Set = [word, word + "s", word + "es", word + "ed", word + "ing", word + "'s"]
    for query in [word, word.uppercased(), word + "s"] {
      let root = try JSONNode(parsing: Array(try find([query, "--json"]).utf8), file: "find")
      let schema = try JSONSchema(
        contentsOf: "\(Fixtures.repository)/models/schema/find.schema.json")
      #expect(try schema.problems(of: root.value) == [])
      let model = try root.required("queries").elements()[0].required("models").elements()[0]
      let readings = try model.required("readings").elements()
      #expect(readings.count == 8)
      for reading in readings {
        let found = try reading.required("hits").elements().map {
          try $0.required("token").integer()
        }
        let own = try tokens(
          forms.contains, lens: reading.required("lens").string(),
          layer: reading.required("layer").integer()
        )[reading.required("image").integer()]
        #expect(found == own, "\(query)")
        #expect(try reading.required("tokens").integer() == 144)
      }
      #expect(model["similarities"] == nil)
    }
    let table = try find([word, "--lens", "latent", "--layer", "4"])
    #expect(table.contains("latent") && !table.contains("embedding"))
  }

  @Test func whatDoesNotOccurIsTold() throws {
    let table = try find(["zyzzyva"])
    #expect(table.contains("is no neighbour of any visual token") && table.contains("--words"))
    #expect(try find(["--words", "--top", "3"]).split(separator: "\n").count == 6)
  }

  @Test func phrasesAreFoundWhereTheyStand() throws {
    // A phrase is found at both of its words, in the sentences that have it.
    let model = try JSONNode(contentsOf: "\(out)/results.json").required("models").elements()[0]
    let sentence = try model.required("sentences").elements()[0].string()
    let words = sentence.split(separator: " ")
    let phrase = "\(words[words.count - 2]) \(words[words.count - 1])"
    let root = try JSONNode(
      parsing: Array(try find([phrase, "--json", "--lens", "latent"]).utf8), file: "find")
    let found = try root.required("queries").elements()[0].required("models").elements()[0]
      .required("readings").elements().flatMap { try $0.required("hits").elements() }
      .map { try $0.required("word").string().lowercased() }
    let allowed = Set(phrase.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init))
    #expect(found.allSatisfy { word in allowed.contains { word.hasPrefix($0.prefix(3)) } })
    let backwards = "\(words[words.count - 1]) \(words[words.count - 2]) zyzzyva"
    #expect(try find([backwards]).contains("is no neighbour"))
  }

  @Test func similaritiesStandBesideControls() throws {
    let word = try commonWord()
    let root = try JSONNode(
      parsing: Array(try find([word, "--json", "--similarity"]).utf8), file: "find")
    let schema = try JSONSchema(
      contentsOf: "\(Fixtures.repository)/models/schema/find.schema.json")
    #expect(try schema.problems(of: root.value) == [])
    let similarities = try root.required("queries").elements()[0].required("models").elements()[0]
      .required("similarities")
    #expect(try similarities.required("made_of").elements().count == 3)
    let maps = try similarities.required("maps").elements()
    #expect(maps.count == 8)
    for map in maps {
      let own = try map.required("similarity").elements().map { try $0.number() }
      #expect(own.count == 144 && own.allSatisfy { abs($0) <= 1.00001 } && Set(own).count > 20)
      #expect(try map.required("elsewhere").elements().count == 144)
      #expect(try map.required("noise").required("mean").number() < 1)
    }
    #expect(try find([word, "--similarity"]).contains("above both"))

    // Another picture, another index: nothing is told of them.
    let results = "\(out)/results.json"
    let text = String(decoding: try Fixtures.bytes(results), as: UTF8.self)
    for (key, told) in [
      ("\"sha256\":\"", "another picture"), ("\"weights\":\"", "other weights"),
      ("\"index\":\"sha256:", "the index that the run has used"),
    ] {
      try Data(text.replacingOccurrences(of: key, with: "\(key)0").utf8)
        .write(to: URL(fileURLWithPath: results))
      let outcome = try Tool.run(["find", "--run", out, word, "--similarity"])
      #expect(outcome.status == 1 && outcome.complaint.contains(told), "\(outcome.complaint)")
    }
  }

  @Test func wrongUsageIsTold() throws {
    for arguments in [
      [], ["a", "--words"], ["--words", "--similarity"], ["..."], ["a", "--top", "0"],
    ] {
      #expect(try Tool.run(["find", "--run", out] + arguments).status == 64, "\(arguments)")
    }
    for arguments in [
      ["a", "--lens", "logit"], ["a", "--layer", "9"], ["--words", "--layer", "x"],
    ] {
      let outcome = try Tool.run(["find", "--run", out] + arguments)
      #expect(outcome.status == 1 && outcome.complaint.contains("results.json: has no"))
    }
    #expect(try Tool.run(["find", "--run", "nowhere", "a"]).status == 1)
  }
}
