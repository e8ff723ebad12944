import Foundation
import LatentLensFormats
import LatentLensKernels
import LatentLensLenses
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// The index on disk.
@Suite struct IndexFileTests {
  let folder: TemporaryFolder
  let compute = Compute(threads: 2)

  init() throws { folder = try TemporaryFolder() }

  private func states(_ rows: Int, _ columns: Int, seed: Int) -> Matrix {
    Matrix(
      rows: rows, columns: columns,
      values: (0..<rows * columns).map { Float(sin(Double($0 * 37 + seed * 101))) * 3 })
  }

  private func build(_ type: Encoding, name: String = "index") throws -> ContextualIndex {
    let path = "\(folder.path)/\(name)"
    let writer = try IndexWriter(
      path: path, description: .test(hiddenSize: 24, layers: [1, 3], elementType: type, rows: 7))
    for layer in [1, 3] {
      // In any order, and in several places at once.
      try writer.write(states(3, 24, seed: layer + 10), to: [4..<7], ofLayer: layer)
      try writer.write(states(4, 24, seed: layer), to: [0..<1, 1..<4], ofLayer: layer)
    }
    try writer.finish(
      entries: IndexEntries(
        tokenIDs: [1, 2, 3, 4, 5, 6, 7], positions: [2, 3, 4, 2, 3, 2, 2],
        sentenceIDs: [0, 0, 0, 1, 1, 2, 3], sentences: ["eins zwei", "naïve ☃", "", "fin"]))
    return try ContextualIndex(contentsOf: path)
  }

  @Test(arguments: [Encoding.f32, .f16, .bf16, .i8])
  func whatIsWrittenIsFoundAgain(_ type: Encoding) throws {
    let index = try build(type)
    #expect(index.entries.sentences == ["eins zwei", "naïve ☃", "", "fin"])
    #expect(index.entries.positions == [2, 3, 4, 2, 3, 2, 2])
    let found = index.neighbors(of: states(4, 24, seed: 3), topK: 1, compute: compute)
    for (row, neighbors) in found.enumerated() {
      #expect(neighbors[0].origin == .init(layer: 3, row: row))
      #expect(abs(neighbors[0].score - 1) < (type == .i8 ? 1e-2 : 1e-3))
    }
  }

  @Test func storedRowsAreUnit() throws {
    let weight = try #require(build(.f32).embeddings(ofLayer: 1))
    let values = weight.floats()
    for row in 0..<7 {
      let norm = values[row * 24..<(row + 1) * 24].reduce(0) { $0 + $1 * $1 }
      #expect(abs(norm - 1) < 1e-5)
    }
  }

  @Test func everyFileHasItsChecksum() throws {
    let index = try build(.f32)
    #expect(
      index.description.files.map(\.name)
        == [
          "layer-01.safetensors", "layer-03.safetensors", "tokens.safetensors",
          "common.safetensors",
        ])
    for file in index.description.files {
      #expect(try SHA256.digest(ofFile: "\(index.path)/\(file.name)") == file.sha256)
      #expect(try Fixtures.bytes("\(index.path)/\(file.name)").count == file.bytes)
    }
  }

  @Test func aChangedByteIsFound() throws {
    let index = try build(.f32)
    try index.verify()
    let file = "\(index.path)/layer-03.safetensors"
    var bytes = try Fixtures.bytes(file)
    bytes[bytes.count - 1] ^= 1
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    do {
      try ContextualIndex(contentsOf: index.path).verify()
      Issue.record("a changed byte was not found")
    } catch {
      #expect("\(error)".contains("layer-03.safetensors"))
    }
  }

  @Test func tiesGoToTheLowerLayerThenTheLowerRow() throws {
    let path = "\(folder.path)/ties"
    let writer = try IndexWriter(
      path: path, description: .test(hiddenSize: 4, layers: [5, 2], elementType: .f32, rows: 3))
    let same = Matrix(rows: 3, columns: 4, values: [1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0])
    for layer in [2, 5] { try writer.write(same, to: [0..<3], ofLayer: layer) }
    try writer.finish(
      entries: IndexEntries(
        tokenIDs: [1, 2, 3], positions: [2, 2, 2], sentenceIDs: [0, 0, 0], sentences: ["s"]))
    let index = try ContextualIndex(contentsOf: path)
    let query = Matrix(rows: 1, columns: 4, values: [2, 0, 0, 0])
    for found in [
      index.neighbors(of: query, topK: 5, compute: compute)[0],
      index.plainNeighbors(of: query, topK: 5)[0],
    ] {
      #expect(
        found.compactMap(\.origin) == [
          .init(layer: 2, row: 0), .init(layer: 2, row: 1), .init(layer: 5, row: 0),
          .init(layer: 5, row: 1), .init(layer: 2, row: 2),
        ])
    }
  }

  @Test func anInterruptionLeavesNothing() throws {
    do {
      let writer = try IndexWriter(
        path: "\(folder.path)/some/where/index",
        description: .test(hiddenSize: 24, layers: [1], elementType: .f32, rows: 7))
      try writer.write(states(4, 24, seed: 1), to: [0..<4], ofLayer: 1)
    }
    // Nothing was recorded as done.
    #expect(folder.contents.isEmpty)
  }

  @Test func anIndexIsNeverOverwritten() throws {
    _ = try build(.f32)
    #expect(throws: IndexError.self) { try build(.f32) }
    #expect(folder.contents == ["index"])
  }

  @Test func damageIsNamed() throws {
    let index = try build(.f32)
    let file = "\(index.path)/layer-03.safetensors"
    let bytes = try Fixtures.bytes(file)
    try Data(bytes.dropLast(5)).write(to: URL(fileURLWithPath: file))
    do {
      _ = try ContextualIndex(contentsOf: index.path)
      Issue.record("a truncated layer was opened")
    } catch {
      #expect(error.description.contains("layer-03.safetensors"))
    }
    #expect(throws: IndexError.self) { try ContextualIndex(contentsOf: "\(folder.path)/no") }
  }

  @Test func aDescriptionIsReadAsItWasWritten() throws {
    let index = try build(.bf16)
    let again = try IndexDescription(contentsOf: index.descriptionFile)
    #expect(again == index.description)
    #expect(again.identity.maker.tokenizer == "t" && again.identity.maker.arithmetic == "f32")
  }

  /// Whatever changes a byte of an index makes it another.
  @Test func indicesOfDifferentMakingHaveDifferentIdentities() {
    let rules = IndexIdentity.BuildRules()
    let maker = IndexIdentity.Maker(
      weights: "w", configuration: "c", tokenizer: "t", arithmetic: "f32")
    func identity(
      _ maker: IndexIdentity.Maker, corpus: String = "c", layers: [Int] = [1, 2],
      _ type: Encoding = .f32, _ rules: IndexIdentity.BuildRules = .init()
    ) -> IndexIdentity {
      IndexIdentity(
        maker: maker, corpus: corpus, layers: layers, elementType: type, rules: rules)
    }
    let others = [
      identity(maker),
      identity(.init(weights: "x", configuration: "c", tokenizer: "t", arithmetic: "f32")),
      identity(.init(weights: "w", configuration: "x", tokenizer: "t", arithmetic: "f32")),
      identity(.init(weights: "w", configuration: "c", tokenizer: "x", arithmetic: "f32")),
      identity(.init(weights: "w", configuration: "c", tokenizer: "t", arithmetic: "bf16")),
      identity(maker, corpus: "x"), identity(maker, layers: [1]), identity(maker, .f16),
      identity(maker, .f32, .init(maxContexts: rules.maxContexts + 1)),
      identity(maker, .f32, .init(firstPosition: rules.firstPosition + 1)),
      identity(maker, .f32, .init(maxTokens: rules.maxTokens + 1)),
    ]
    #expect(Set(others.map(\.digest)).count == others.count)
  }

  @Test func anIndexOfTheFirstVersionIsRefusedInOneLine() throws {
    let path = try build(.f32).descriptionFile
    let text = String(decoding: try Fixtures.bytes(path), as: UTF8.self)
      .replacingOccurrences(of: "\"version\": 4", with: "\"version\": 1")
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    do {
      _ = try ContextualIndex(contentsOf: "\(folder.path)/index")
      Issue.record("version 1 was opened")
    } catch {
      #expect(
        error.description.contains("index.json: version") && error.description.contains("build"))
      #expect(!error.description.contains("\n"))
    }
  }

  @Test func aStateThatIsNoNumberIsNotStored() throws {
    let writer = try IndexWriter(
      path: "\(folder.path)/index",
      description: .test(hiddenSize: 2, layers: [1], elementType: .f32, rows: 2))
    #expect(throws: IndexError.self) {
      try writer.write(
        Matrix(rows: 2, columns: 2, values: [1, 2, .nan, 1]), to: [0..<2], ofLayer: 1)
    }
  }
}
