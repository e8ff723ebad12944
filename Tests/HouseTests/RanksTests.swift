import Foundation
import LatentLensFormats
import LatentLensIndexing
import LatentLensKernels
import LatentLensLenses
import LatentLensModels
import LatentLensRanks
import LatentLensReading
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// What several processes do together gives the bytes that one gives; here they are threads, over MPI
/// `Tests/MPI/check.sh` holds it to the same.
@Suite struct RanksTests {
  let folder: TemporaryFolder
  static let checkpoint = Fixtures.path("lenses/checkpoint")

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  private func files(_ name: String) throws -> [String: [UInt8]] {
    let names = try FileManager.default.contentsOfDirectory(atPath: path(name))
    return try Dictionary(
      uniqueKeysWithValues: names.map { ($0, try Fixtures.bytes("\(path(name))/\($0)")) })
  }

  private struct Enough: Error, CustomStringConvertible {
    let description = "enough of it"
  }

  // MARK: Ranks

  @Test func sharesFollowEachOtherAndLeaveNothingOut() {
    for (count, things) in [(1, 5), (3, 7), (4, 2), (5, 0), (3, 3)] {
      let shares = ThreadRanks.run(count) { $0.share(of: things) }.compactMap { try? $0.get() }
      #expect(shares.flatMap(Array.init) == Array(0..<things))
    }
    #expect(Ranks.alone.share(of: 3) == 0..<3)
  }

  @Test func whatEachHasComesToTheFirstInOrder() throws {
    let gathered = ThreadRanks.run(4) { try $0.gather([Float.infinity, Float($0.number) / 3]) }
    #expect(try gathered[0].get() == (0..<4).map { [.infinity, Float($0) / 3] })
    #expect(try gathered.dropFirst().allSatisfy { try $0.get() == nil })
    let told = ThreadRanks.run(3) { ranks in
      try ranks.onFirst { "rank \(ranks.number) did it" }
    }
    #expect(try told.allSatisfy { try $0.get() == "rank 0 did it" })
    #expect(try Ranks.alone.gather(7) == [7])
    let handed = ThreadRanks.run(3) { ranks in
      var taken: [Int] = []
      try ranks.hand(ranks.share(of: 7).map { 10 * $0 }, of: 7) { taken.append($0) }
      return taken
    }
    #expect(try handed.map { try $0.get() } == [[20, 30, 40, 50, 60], [], []])
  }

  @Test(arguments: [0, 1, 2])
  func whereOneFailsAllEnd(failing: Int) {
    // Others wait for it, at work or for each other.
    let outcomes = ThreadRanks.run(3) { ranks in
      if ranks.number == failing { throw Enough() }
      if ranks.number == (failing + 1) % 3 {
        while true { try ranks.check() }
      }
      _ = try ranks.gather(1)
    }
    for (number, outcome) in outcomes.enumerated() {
      let error = #expect(throws: (any Error).self) { try outcome.get() }
      if number == failing {
        #expect(error is Enough)
      } else {
        #expect(error as? RankFailure == RankFailure(rank: failing, reason: "enough of it"))
      }
    }
  }

  // MARK: Building

  private static func build(_ corpus: Corpus, _ ranks: Ranks = .alone) throws -> IndexBuild {
    try IndexBuild(
      Bench.loader.load(checkpoint), corpus: corpus,
      options: IndexOptions(layers: LayerSelection("1,3"), elementType: .i8, maxContexts: 200),
      ranks: ranks)
  }

  private func corpus() throws -> Corpus {
    try Corpus(contentsOf: "\(Fixtures.demo)/corpus.txt")
  }

  @Test(arguments: [2, 3])
  func anIndexThatIsBuiltTogetherIsThatOfOne(count: Int) throws {
    let corpus = try corpus()
    let path = path("together")
    for outcome in ThreadRanks.run(count, { try Self.build(corpus, $0).run(to: path) }) {
      #expect(try outcome.get() == .made)
    }
    try Self.build(corpus).run(to: self.path("alone"))
    #expect(try files("together") == files("alone"))
    #expect(folder.contents == ["alone", "together"])
    for outcome in ThreadRanks.run(count, { try Self.build(corpus, $0).run(to: path) }) {
      #expect(try outcome.get() == .wasThere)
    }
  }

  /// Who ends, and after how many of its own batches.
  @Test(arguments: [(0, 2), (1, 0), (2, 1)])
  func aBuildOfWhichOneEndsGoesOn(failing: Int, batches: Int) throws {
    let corpus = try corpus()
    let path = path("together")
    let outcomes = ThreadRanks.run(3) { ranks in
      if ranks.number == failing, batches == 0 { throw Enough() }
      var done = 0
      try Self.build(corpus, ranks).run(to: path) { _ in
        done += 1
        if ranks.number == failing, done == batches { throw Enough() }
      }
    }
    #expect(throws: (any Error).self) { try outcomes[failing].get() }
    let told = #expect(throws: RankFailure.self) { try outcomes[(failing + 1) % 3].get() }
    #expect(told?.rank == failing)
    if batches > 0 {
      #expect(told?.reason.contains("goes on from there") == true)
      #expect(folder.contents == ["together.building"])
      // As many are needed to go on; one alone is told so.
      let error = #expect(throws: IndexError.self) { try Self.build(corpus).run(to: path) }
      #expect(error?.description.contains("something else was begun") == true)
    }
    let again = ThreadRanks.run(3) { try Self.build(corpus, $0).run(to: path) }
    #expect(try again.allSatisfy { try $0.get() == .made })
    try Self.build(corpus).run(to: self.path("alone"))
    #expect(try files("together") == files("alone"))
    #expect(folder.contents == ["alone", "together"])
  }

  @Test func aNameThatIsTakenIsToldOnceAndNothingIsLeft() throws {
    let corpus = try corpus()
    let taken = try folder.write("mine", to: "taken")
    let outcomes = ThreadRanks.run(3) { try Self.build(corpus, $0).run(to: taken) }
    let own = #expect(throws: IndexError.self) { try outcomes[0].get() }
    for outcome in outcomes.dropFirst() {
      let error = #expect(throws: RankFailure.self) { try outcome.get() }
      #expect(error?.reason == own?.description)
    }
    #expect(folder.contents == ["taken"])
  }

  @Test func anotherIndexIsReplacedTogetherWhereThatIsAskedFor() throws {
    let corpus = try corpus()
    let path = path("index")
    let other = Fixtures.path("lenses/corpus.txt")
    try Self.build(Corpus(contentsOf: other)).run(to: path)
    let before = try files("index")
    for outcome in ThreadRanks.run(2, { try Self.build(corpus, $0).run(to: path) }) {
      let error = #expect(throws: (any Error).self) { try outcome.get() }
      #expect(error.map { "\($0)".contains("--overwrite") } == true)
    }
    #expect(try files("index") == before)
    #expect(folder.contents == ["index"])
    let outcomes = ThreadRanks.run(2) {
      try Self.build(corpus, $0).run(to: path, policy: OutputPolicy(overwrites: true))
    }
    #expect(try outcomes.allSatisfy { try $0.get() == .made })
    try Self.build(corpus).run(to: self.path("alone"))
    #expect(try files("index") == files("alone"))
    #expect(folder.contents == ["alone", "index"])
  }

  // MARK: Searching

  /// An index of rows of our own making, enough of them to be divided.
  private func index(_ name: String, rows: Int, width: Int = 32) throws -> ContextualIndex {
    let writer = try IndexWriter(
      path: path(name),
      description: IndexDescription(
        modelName: "none",
        identity: IndexIdentity(
          maker: .init(weights: "", configuration: "", tokenizer: "", arithmetic: "f32"),
          corpus: "", layers: [1, 2, 7], elementType: .f16, rules: .init()),
        hiddenSize: width, rows: rows))
    for layer in [1, 2, 7] {
      var random = SeededRandom(seed: UInt64(layer % 2))
      // Layers 1 and 7 are the same, and rows come again, so that there are many ties.
      var values = (0..<rows * width).map { _ in Float(random.nextFraction()) - 0.5 }
      for row in stride(from: 100, to: rows, by: 7) {
        values.replaceSubrange(
          row * width..<(row + 1) * width, with: values[row % 50 * width..<(row % 50 + 1) * width])
      }
      try writer.write(
        Matrix(rows: rows, columns: width, values: values), to: [0..<rows], ofLayer: layer)
    }
    try writer.finish(
      entries: IndexEntries(
        tokenIDs: (0..<rows).map { $0 % 300 }, positions: Array(repeating: 2, count: rows),
        sentenceIDs: Array(repeating: 0, count: rows), sentences: ["a sentence"]))
    return try ContextualIndex(contentsOf: path(name))
  }

  @Test(arguments: [900, 4096, 13_000])
  func partsAreSearchedAsTheWholeIs(rows: Int) throws {
    let index = try index("index", rows: rows)
    var random = SeededRandom(seed: 5)
    let known = try #require(index.embeddings(ofLayer: 1)).rows(0..<2).floats()
    // Few queries and many go different ways.
    for count in [3, 40] {
      let queries = Matrix(
        rows: count, columns: 32,
        values: known + (64..<count * 32).map { _ in Float(random.nextFraction()) - 0.5 })
      for layers in [nil, [2, 7]] as [[Int]?] {
        let whole = index.neighbors(of: queries, in: layers, topK: 6, compute: Compute(threads: 2))
        for parts in [2, 3, 11] {
          let found = (1...parts).map { number in
            index.neighbors(
              of: queries, in: layers, part: IndexPart(number, of: parts), topK: 6,
              compute: Compute(threads: 2))
          }
          #expect(
            ContextualIndex.merged(found, topK: 6) == whole, "\(count) queries, \(parts) parts")
        }
      }
      let whole = index.plainNeighbors(of: queries, topK: 6)
      let found = (1...4).map {
        index.plainNeighbors(of: queries, part: IndexPart($0, of: 4), topK: 6)
      }
      #expect(ContextualIndex.merged(found, topK: 6) == whole)
    }
  }

  @Test func aSearchTogetherFindsWhatOneFinds() throws {
    try Self.build(corpus()).run(to: path("index"))
    let path = path("index")
    for exhaustive in [false, true] {
      @Sendable func found(_ ranks: Ranks) throws -> [String] {
        var lines: [String] = []
        try IndexSearch(
          index: path, model: Bench.loader.load(Self.checkpoint), layers: .all,
          compute: Compute(threads: 1), ranks: ranks
        ).neighbors(
          ofTexts: ["the boat lies on the beach"], at: LayerSelection("1,3"), topK: 4,
          exhaustive: exhaustive, write: { lines.append($0) })
        return lines
      }
      let alone = try found(.alone)
      #expect(try ThreadRanks.run(3, found).map { try $0.get() } == [alone, [], []])
    }
  }

  // MARK: Reading

  /// The files of a run, by so many processes.
  private func run(
    _ count: Int, _ name: String, partLimit: Int? = nil,
    watching watch: ThreadRanks.Watch = .init(),
    _ change: @Sendable (inout Request) -> Void = { _ in }
  ) throws -> [String: [UInt8]] {
    var request = Request(
      name: "together", models: ["\(Fixtures.demo)/model.json"],
      images: try ImageFiles.find("\(Fixtures.demo)/images"),
      texts: ["a red boat lies on the beach", "night", "two white clouds"])
    request.lenses = try [ChosenLens(.logit), ChosenLens(.latent)]
    request.layers = try LayerSelection("2,5")
    request.controls = [.noise]
    request.topK = 3
    request.index = .build(
      corpus: Fixtures.path("lenses/corpus.txt"),
      options: IndexOptions(layers: try LayerSelection("2,4")))
    request.output = path(name)
    change(&request)
    let ready = request
    let outcomes = ThreadRanks.run(count, watching: watch) { ranks in
      try RunJob(ready, loader: Bench.loader, ranks: ranks, partLimit: partLimit).run() != nil
    }
    #expect(try outcomes.map { try $0.get() } == (0..<count).map { $0 == 0 })
    var files: [String: [UInt8]] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path(name))
    where !name.contains(".index") && PathKind(of: "\(ready.output)/\(name)") == .file {
      files[name] = try Fixtures.bytes("\(ready.output)/\(name)")
    }
    try FileManager.default.removeItem(atPath: ready.output)
    return files
  }

  @Test func aRunTogetherWritesWhatOneWrites() throws {
    let alone = try run(1, "out")
    #expect(Set(alone.keys) == ["results.json", "report.html", "sketch.safetensors"])
    for count in [2, 3] { #expect(try run(count, "out") == alone, "\(count) processes") }
    // More processes than pictures.
    let few: @Sendable (inout Request) -> Void = { request in
      request.images = Array(request.images.prefix(2))
      request.texts = []
      request.attention = true
    }
    #expect(try run(3, "out", few) == run(1, "out", few))
  }

  @Test func aRunTogetherWritesThePartsThatOneWrites() throws {
    let alone = try run(1, "out", partLimit: 0)
    #expect(alone.keys.contains { $0.hasPrefix("parts-") })
    #expect(try run(3, "out", partLimit: 0) == alone)
  }

  /// The first takes what others have found picture by picture.
  @Test func noMessageGrowsWithTheNumberOfPictures() throws {
    func largest(pictures count: Int) throws -> Int {
      let watch = ThreadRanks.Watch()
      _ = try run(2, "out", watching: watch) { request in
        request.images = (0..<count).map { _ in "\(Fixtures.demo)/images/night.jpg" }
        request.texts = []
        request.captions = false
      }
      return watch.largestMessage
    }
    #expect(try largest(pictures: 8) < 2 * largest(pictures: 2))
  }

  @Test func aRunOfWhichOneFailsLeavesNothing() throws {
    let broken = try folder.write("no picture", to: "broken.png")
    var request = Request(
      name: "together", models: ["\(Fixtures.demo)/model.json"],
      images: try ImageFiles.find("\(Fixtures.demo)/images") + [broken])
    request.lenses = try [ChosenLens(.logit)]
    request.output = path("out")
    let ready = request
    let outcomes = ThreadRanks.run(2) {
      _ = try RunJob(ready, loader: Bench.loader, ranks: $0).run()
    }
    let error = #expect(throws: RankFailure.self) { try outcomes[0].get() }
    #expect(error?.rank == 1 && error?.reason.contains("broken.png") == true)
    #expect(folder.contents == ["broken.png"])
  }

  @Test func whatOneCannotReadIsLeftOutByAllAndToldByTheFirst() throws {
    let broken = try folder.write("no picture", to: "broken.png")
    var request = Request(
      name: "together", models: ["\(Fixtures.demo)/model.json"],
      images: try ImageFiles.find("\(Fixtures.demo)/images").prefix(4) + [broken])
    request.found = [broken]
    request.lenses = try [ChosenLens(.logit)]
    request.layers = try LayerSelection("2")
    request.captions = false
    request.output = path("out")
    let ready = request
    func outcomes(_ count: Int) throws -> (said: [[String]], results: [UInt8]) {
      let said = ThreadRanks.run(count) { ranks in
        var said: [String] = []
        _ = try RunJob(ready, loader: Bench.loader, ranks: ranks).run(leaveOut: { said.append($0) })
        return said
      }
      let results = try Fixtures.bytes("\(ready.output)/results.json")
      try FileManager.default.removeItem(atPath: ready.output)
      return (try said.map { try $0.get() }, results)
    }
    let alone = try outcomes(1)
    #expect(alone.said[0].count == 1 && alone.said[0][0].contains("left out"))
    let together = try outcomes(3)
    #expect(together.said == [alone.said[0], [], []] && together.results == alone.results)
  }
}
