import Foundation
import LatentLensCatalog
import LatentLensComponents
import LatentLensFormats
import LatentLensIndexing
import LatentLensKernels
import LatentLensLenses
import LatentLensModels
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// Building an index in one go, with interruptions, and in parts: the same bytes each time.
@Suite struct IndexBuildTests {
  let folder: TemporaryFolder
  let model: Model
  let corpus: Corpus

  init() throws {
    folder = try TemporaryFolder()
    model = try Self.model(threads: 1)
    // Enough for a handful of batches, with many common beginnings, and in no order.
    let lines = String(decoding: try Fixtures.bytes("\(Fixtures.demo)/corpus.txt"), as: UTF8.self)
      .split(separator: "\n").enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    corpus = try Corpus(contentsOf: folder.write(lines.joined(separator: "\n"), to: "corpus.txt"))
  }

  private static func model(threads: Int) throws -> Model {
    try ModelLoader(registry: .standard, threads: threads, arithmetic: .f32)
      .load(Fixtures.path("lenses/checkpoint"))
  }

  private func build(
    _ type: Encoding = .f32, part: IndexPart? = nil, model other: Model? = nil
  ) throws -> IndexBuild {
    try IndexBuild(
      other ?? model, corpus: corpus,
      options: IndexOptions(
        layers: LayerSelection("1,3"), elementType: type, maxContexts: 200),
      part: part)
  }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  /// Every file of an index.
  private func files(_ name: String) throws -> [String: [UInt8]] {
    let names = try FileManager.default.contentsOfDirectory(atPath: path(name))
    return try Dictionary(
      uniqueKeysWithValues: names.map { ($0, try Fixtures.bytes("\(path(name))/\($0)")) })
  }

  /// OpenBLAS has kernels for each processor, which give other rows.
  @Test func whatComputesTheRowsIsPartOfTheIdentity() throws {
    #expect(try build().identity.maker.arithmetic == "f32")
    let loader = ModelLoader(registry: .standard, threads: 2, arithmetic: .blas)
    let other = try IndexBuild(
      loader.load(Fixtures.path("lenses/checkpoint")), corpus: corpus,
      options: IndexOptions(layers: LayerSelection("1,3"), maxContexts: 200))
    #expect(other.identity.maker.arithmetic == "blas, \(Arithmetic.blas.library ?? "")")
  }

  private struct Enough: Error {}

  /// Batches that go through the decoder at the same time leave what they leave one after the other, also where one
  /// build goes on with what another began.
  @Test func batchesTogetherGiveTheSameBytes() throws {
    var steps = 0
    try build().run(to: path("one by one")) { _ in steps += 1 }
    for threads in [2, 3] {
      let other = try Self.model(threads: threads)
      var rounds = 0
      try build(model: other).run(to: path("\(threads)")) { _ in rounds += 1 }
      #expect(rounds == (steps + threads - 1) / threads)
      #expect(try files("\(threads)") == files("one by one"))
      #expect(throws: (any Error).self) {
        try build().run(to: path("from one to \(threads)")) { _ in throw Enough() }
      }
      try build(model: other).run(to: path("from one to \(threads)"))
      #expect(try files("from one to \(threads)") == files("one by one"))
    }
  }

  @Test(arguments: [Encoding.f32, .i8])
  func interruptedBuildsEndWithTheSameBytes(_ type: Encoding) throws {
    var steps = 0
    try build(type).run(to: path("whole")) { _ in steps += 1 }
    #expect(steps > 3)
    // Each build does two batches and is ended, until one has nothing left to do.
    var builds = 0
    var rows = 0
    while PathKind(of: path("again")) == nil {
      builds += 1
      #expect(builds < 20)
      var batches = 0
      do {
        try build(type).run(to: path("again")) {
          // What was done stays done.
          #expect($0.rows > rows)
          rows = $0.rows
          batches += 1
          if batches == 2 { throw Enough() }
        }
      } catch {
        #expect("\(error)".contains("goes on from there"))
        #expect(folder.contents == ["again.building", "corpus.txt", "whole"])
      }
    }
    #expect(builds == steps / 2 + 1)
    #expect(try files("again") == files("whole"))
    #expect(folder.contents == ["again", "corpus.txt", "whole"])
    #expect(try ContextualIndex(contentsOf: path("again")).rows == rows)
  }

  @Test func aWholeIndexIsNotBuiltAgain() throws {
    #expect(try build().run(to: path("index")) == .made)
    // What a build leaves that dies after it has given the index its name.
    try FileManager.default.createDirectory(
      atPath: path("index.building"), withIntermediateDirectories: true)
    _ = try folder.write("", to: "index.building/lock")
    let outcome = try build().run(to: path("index")) { _ in Issue.record("something was run") }
    #expect(outcome == .wasThere)
    #expect(folder.contents == ["corpus.txt", "index"])
    let error = #expect(throws: IndexError.self) { try build(.f16).run(to: path("index")) }
    #expect(error?.description.contains("exists already") == true)
  }

  @Test func somethingElseThatWasBegunIsNotGoneOnWith() throws {
    #expect(throws: IndexError.self) {
      try build().run(to: path("index")) { _ in throw Enough() }
    }
    let error = #expect(throws: IndexError.self) { try build(.f16).run(to: path("index")) }
    #expect(error?.description.contains("something else was begun") == true)
    try build().run(to: path("index"))
    #expect(folder.contents == ["corpus.txt", "index"])
  }

  @Test func twoBuildsDoNotMix() throws {
    try build().run(to: path("index")) { _ in
      let error = #expect(throws: IndexError.self) { try build().run(to: path("index")) }
      #expect(error?.description.contains("another process") == true)
    }
    #expect(folder.contents == ["corpus.txt", "index"])
  }

  @Test(arguments: [1, 2, 3, 7])
  func mergedPartsAreASingleBuild(count: Int) throws {
    for type in count == 3 ? [Encoding.f32, .bf16, .i8] : [.f32] {
      try build(type).run(to: path("whole \(type)"))
      let parts = try (1...count).map { number in
        let name = "part \(number) \(type)"
        try build(type, part: IndexPart(number, of: count)).run(to: path(name))
        try ContextualIndex(contentsOf: path(name)).verify()
        return path(name)
      }
      try IndexMerge(parts.reversed()).run(to: path("merged \(type)"))
      #expect(try files("merged \(type)") == files("whole \(type)"))
      #expect(try model.openIndex(path("merged \(type)")).rows > 0)
      let error = #expect(throws: IndexError.self) { try model.openIndex(parts[0]) }
      #expect(error?.description.contains("index merge") == true)
    }
  }

  @Test func partsThatDoNotGoTogetherAreNamed() throws {
    func made(_ name: String, _ part: IndexPart?, _ type: Encoding = .f32) throws -> String {
      try build(type, part: part).run(to: path(name))
      return path(name)
    }
    let first = try made("first", IndexPart(1, of: 2))
    let second = try made("second", IndexPart(2, of: 2))
    let other = try made("other", IndexPart(2, of: 2), .f16)
    let third = try made("third", IndexPart(2, of: 3))
    let whole = try made("whole", nil)
    for (parts, told) in [
      ([first], "part 2/2 is missing"), ([first, first], "is part 1/2"),
      ([first, other], "belongs to another index"), ([first, third], "belongs to another index"),
      ([whole], "is no part"), ([first, path("none")], "none/index.json"), ([], "no parts"),
    ] {
      let error = #expect(throws: IndexError.self) { try IndexMerge(parts) }
      #expect(error?.description.contains(told) == true, "\(error?.description ?? "")")
    }
    #expect(try IndexMerge([second, first]).run(to: whole) == .wasThere)
    #expect(throws: IndexError.self) { try IndexMerge([second, first]).run(to: other) }
    for text in ["0/2", "3/2", "1/0", "1", "1/2/3", "x/2", "-1/2"] {
      #expect(IndexPart(text) == nil, "\(text)")
    }
  }

  /// A beginning that is computed once for several sequences gives the states that each has alone.
  @Test(arguments: [
    "llama-gqa", "llama-yarn", "qwen2-tiny", "qwen3-tiny", "olmo-tiny", "olmo2-tiny", "gemma2-tiny",
    "granite-tied",
  ])
  func sharedBeginningsChangeNoBit(fixture: String) throws {
    let decoder = try Bench.model(fixture).text().decoder
    let sequences = [[5, 6, 7], [5, 6, 7, 8, 9], [5, 6, 9], [5, 9, 9, 9], [11, 5]]
    let shared = Segments(
      counts: [3, 2, 1, 3, 2], sharing: [[], [0, 1, 2], [0, 1], [0], []])
    // Where each sequence's tokens are in the batch.
    let paths = [[0, 1, 2], [0, 1, 2, 3, 4], [0, 1, 5], [0, 6, 7, 8], [9, 10]]
    func states(_ tokens: [Int], _ segments: Segments) -> [[[Float]]] {
      var states: [[[Float]]] = []
      let observer = StageObserver { _, state in
        states.append((0..<state.rows).map { state.row($0) })
      }
      _ = decoder.decode(
        decoder.embed(tokens),
        DecoderPass(segments, through: decoder.blockCount, observer: observer))
      return states
    }
    let together = states([5, 6, 7, 8, 9, 9, 9, 9, 9, 11, 5], shared)
    for (sequence, path) in zip(sequences, paths) {
      let alone = states(sequence, Segments(count: sequence.count))
      #expect(together.map { layer in path.map { layer[$0] } } == alone, "\(sequence)")
    }
  }
}
