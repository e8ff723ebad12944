import Foundation
import LatentLensFormats
import LatentLensLenses
import LatentLensModelHost
import LatentLensTensors
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
    let manifest = RunManifest(
      name: "a <b> & c", models: ["\(Fixtures.demo)/model.json"],
      images: ["\(Fixtures.demo)/images/coast.jpg"], prompt: nil, lenses: [.logit, .embedding],
      layers: try LayerSelection("0,4"), topK: 3, index: nil, tokens: .all, output: folder.path)
    _ = try RunJob(manifest, output: nil, loader: Bench.loader).run()
    let root = try JSONNode(contentsOf: "\(folder.path)/results.json")
    let model = try root.required("models").elements()[0]
    let image = try model.required("images").elements()[0]
    let tokens = try image.required("tokens")
    let rows = try tokens.required("row").decode([Int].self)
    let columns = try tokens.required("column").decode([Int].self)
    let polygons = try tokens.required("polygon").decode([[Double]].self)
    #expect(rows.count == 147 && rows.filter { $0 >= 0 }.count == 144)
    // The picture is 640 wide and 448 high: the crop keeps 96 to 544, and the raster covers it.
    let first = try #require(rows.indices.first { rows[$0] == 0 && columns[$0] == 0 })
    let last = try #require(rows.indices.first { rows[$0] == 11 && columns[$0] == 11 })
    #expect(abs(polygons[first][0] - 96) < 1.5 && polygons[first][1] == 0)
    #expect(abs(polygons[last][4] - 544) < 1.5 && polygons[last][5] == 448)
    let readings = try image.required("readings").elements()
    #expect(readings.count == 4)
    let entryCount = try model.required("entries").required("token").elements().count
    for reading in readings {
      let entries = try reading.required("entry").decode([[Int]].self)
      #expect(entries.count == 147 && entries.allSatisfy { $0.count == 3 })
      #expect(entries.joined().allSatisfy { 0..<entryCount ~= $0 })
    }
    #expect(try model.required("checks").elements().count == 2)
    let page = String(
      decoding: try Fixtures.bytes("\(folder.path)/report.html"), as: UTF8.self)
    #expect(page.contains("a &lt;b> &amp; c"))
    #expect(page.contains("data:image/jpeg;base64,"))
    #expect(!page.contains("{{") && !page.contains("/*{{"))
    #expect(folder.contents == ["report.html", "results.json"])
  }

  @Test func nothingInANameEndsAScript() throws {
    let folder = try TemporaryFolder()
    // A combining mark joins what precedes it, so that escaping by characters would miss the bracket.
    let manifest = RunManifest(
      name: "\u{0600}</script><script>alert(1)</script>", models: ["\(Fixtures.demo)/model.json"],
      images: ["\(Fixtures.demo)/images/night.jpg"], prompt: nil, lenses: [.embedding],
      layers: try LayerSelection("0"), topK: 1, index: nil, tokens: .visual, output: folder.path)
    _ = try RunJob(manifest, output: nil, loader: Bench.loader).run()
    let page = try Fixtures.bytes("\(folder.path)/report.html")
    let end = Array("</script".utf8)
    let count = page.indices.dropLast(end.count).count { page[$0...].starts(with: end) }
    #expect(count == 3)
  }

  @Test func captionsOfAModelAreItsOwn() throws {
    let golden = try JSONNode(contentsOf: "\(Fixtures.demo)/golden/golden.json")
    let model = try Bench.demo()
    let pass = try ForwardPass(
      model, image: model.see("\(Fixtures.demo)/images/night.jpg"), prompt: nil)
    let ids = pass.generate(limit: 64, endTokens: model.endTokens)
    let text = try model.requireTokenizer().decode(ids, skippingSpecialTokens: true)
    #expect(
      try text.trimmingCharacters(in: .whitespaces) == golden.required("caption").string())
  }

  @Test func aPromptWithoutAPlaceForTheImageIsRefused() throws {
    let model = try Bench.demo()
    let input = try model.see("\(Fixtures.demo)/images/night.jpg")
    for prompt in ["no place", "<image> and <image>"] {
      #expect(throws: HostError.self) { try ForwardPass(model, image: input, prompt: prompt) }
    }
  }
}
