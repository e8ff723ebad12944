import Foundation
import LatentLensFormats
import LatentLensIndexing
import LatentLensLenses
import LatentLensModels
import LatentLensReading
import LatentLensSession
import LatentLensTestSupport
import LatentLensTokenization
import Testing

/// What a run writes.
@Suite struct ResultsTests {
  @Test func theWordIsFoundByPositionNotByFirstMatch() throws {
    let tokenizer = try Tokenizer(contentsOf: "\(Fixtures.demo)/tokenizer.json")
    let sentence = "the sea, the boathouse and the boat: naïve sea"
    let ids = tokenizer.encode(sentence)
    let entries = IndexEntries(
      tokenIDs: ids, positions: Array(ids.indices), sentenceIDs: ids.map { _ in 0 },
      sentences: [sentence])
    var table = NeighborTable(tokenizer: tokenizer, index: entries)
    var covered = ""
    for row in ids.indices {
      let number = table.intern(
        Neighbor(tokenID: ids[row], score: 0, origin: .init(layer: 1, row: row)))
      let entry = table.entries[number]
      guard let span = entry.context?.span else { continue }
      let scalars = Array(sentence.unicodeScalars)[span]
      var word = String.UnicodeScalarView()
      word.append(contentsOf: scalars)
      #expect(String(word) == entry.word)
      covered += entry.word + " "
    }
    // The second "the", "boat" and "sea" are found where they stand, and pieces give whole words.
    #expect(covered.contains("boathouse"))
    #expect(table.entries.contains { $0.word == "boat" && $0.context?.span == 31..<35 })
    #expect(table.entries.contains { $0.word == "sea" && $0.context?.span == 43..<46 })
    #expect(table.entries.contains { $0.word == "naïve" && $0.context?.span == 37..<42 })
    #expect(table.sentences == [sentence])
  }

  @Test func resultsAndReportHoldWhatWasAskedFor() throws {
    let folder = try TemporaryFolder()
    var request = Request.demo("a <b> & c", images: ["coast"])
    request.lenses = try [ChosenLens(.logit), ChosenLens(.embedding)]
    request.layers = try LayerSelection("0,4")
    request.topK = 3
    request.tokens = .all
    request.output = folder.path
    _ = try RunJob(request, loader: Bench.loader).run()
    let root = try JSONNode(contentsOf: "\(folder.path)/results.json")
    let model = try root.required("models").elements()[0]
    let image = try model.required("images").elements()[0]
    let tokens = try image.required("tokens")
    let rows = try tokens.required("row").decode([Int?].self)
    let columns = try tokens.required("column").decode([Int?].self)
    let polygons = try tokens.required("polygon").decode([[Double]?].self)
    let texts = try tokens.required("text").decode([String?].self)
    // Behind the prompt stands what the model has said.
    let said = try image.required("said").integer()
    let tokenCount = 147 + said
    #expect(said > 4 && rows.count == tokenCount && rows.filter { $0 != nil }.count == 144)
    let caption = try image.required("caption").string()
    #expect(texts[147...].compactMap(\.self).joined().trimmed == caption)
    // What has a place has no text, and the other way round.
    for index in rows.indices {
      #expect((rows[index] == nil) == (texts[index] != nil))
      #expect((rows[index] == nil) == (polygons[index] == nil))
      #expect((rows[index] == nil) == (columns[index] == nil))
    }
    // The picture is 640 wide and 448 high: the crop keeps 96 to 544, and the raster covers it.
    let first = try #require(rows.indices.first { rows[$0] == 0 && columns[$0] == 0 })
    let last = try #require(rows.indices.first { rows[$0] == 11 && columns[$0] == 11 })
    let (corner, opposite) = try (#require(polygons[first]), #require(polygons[last]))
    #expect(abs(corner[0] - 96) < 1.5 && corner[1] == 0)
    #expect(abs(opposite[4] - 544) < 1.5 && opposite[5] == 448)
    let readings = try image.required("readings").elements()
    #expect(readings.count == 4)
    for lens in try model.required("lenses").elements() {
      let (name, score) = try (lens.required("name").string(), lens.required("score").string())
      let own = try readings.filter { try $0.required("lens").string() == name }
      #expect(own.count == 2)
      for reading in own {
        #expect(try reading.required(score).decode([[Double]].self).count == tokenCount)
        #expect((reading["probability"] != nil) == (score == "logit"))
      }
    }
    let entryCount = try model.required("entries").required("token").elements().count
    for reading in readings {
      let entries = try reading.required("entry").decode([[Int]].self)
      #expect(entries.count == tokenCount && entries.allSatisfy { $0.count == 3 })
      #expect(entries.joined().allSatisfy { 0..<entryCount ~= $0 })
    }
    #expect(try model.required("checks").elements().count == 2)
    let page = String(
      decoding: try Fixtures.bytes("\(folder.path)/report.html"), as: UTF8.self)
    #expect(page.contains("a &lt;b> &amp; c"))
    #expect(page.contains("data:image/jpeg;base64,"))
    #expect(!page.contains("{{") && !page.contains("/*{{"))
    #expect(folder.contents == ["report.html", "results.json", "sketch.safetensors"])
  }

  @Test func nothingInANameEndsAScript() throws {
    let folder = try TemporaryFolder()
    // A combining mark joins what precedes it, so that escaping by characters would miss the bracket.
    var request = Request.demo("\u{0600}</script><script>alert(1)</script>", images: ["night"])
    request.lenses = [try ChosenLens(.embedding)]
    request.layers = try LayerSelection("0")
    request.topK = 1
    request.output = folder.path
    _ = try RunJob(request, loader: Bench.loader).run()
    let page = try Fixtures.bytes("\(folder.path)/report.html")
    let end = Array("</script".utf8)
    let count = page.indices.dropLast(end.count).count { page[$0...].starts(with: end) }
    // Of the results, the pictures, the evaluation, and the page's own.
    #expect(count == 4)
  }

  @Test func captionsOfAModelAreItsOwn() throws {
    let golden = try JSONNode(contentsOf: "\(Fixtures.demo)/golden/golden.json")
    let model = try Bench.demo().whole()
    let pass = try ForwardPass(
      model: model, images: [model.see("\(Fixtures.demo)/images/night.jpg")])
    let ids = try pass.generate(limit: 64, endTokens: model.text.endTokens)
    let text = try model.text.tokenizer.get().decode(ids, skippingSpecialTokens: true)
    #expect(
      try text.trimmingCharacters(in: .whitespaces) == golden.required("caption").string())
  }

  @Test func aPromptWithoutAPlaceForTheImageIsRefused() throws {
    let model = try Bench.demo().whole()
    let image = try model.see("\(Fixtures.demo)/images/night.jpg")
    for prompt in ["no place", "<image> and <image>"] {
      #expect(throws: HostError.self) {
        try ForwardPass(model: model, images: [image], prompt: prompt)
      }
    }
  }
}
