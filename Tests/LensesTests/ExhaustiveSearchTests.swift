import LatentLensKernels
import LatentLensLenses
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// The fast search finds what the plainest one finds.
@Suite struct ExhaustiveSearchTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Numbers that look random and are the same on every run.
  private func states(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var state = seed
    return Matrix(
      rows: rows, columns: columns,
      values: (0..<rows * columns).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int64(bitPattern: state) >> 40) / Float(1 << 23)
      })
  }

  @Test(arguments: [Encoding.f32, .f16, .bf16, .i8])
  func theFastSearchFindsTheSameRows(_ type: Encoding) throws {
    // More rows than a tile has, a width that no vector divides, rows of zeros, and rows twice.
    let (rows, width, layers) = (1037, 37, [2, 5, 9])
    let path = "\(folder.path)/index"
    let writer = try IndexWriter(
      path: path,
      description: .test(hiddenSize: width, layers: layers, elementType: type, rows: rows))
    for layer in layers {
      var stored = states(rows, width, seed: UInt64(layer))
      stored.replaceRows(at: [3, 700], with: Matrix(rows: 2, columns: width))
      let twice = stored.rows(10..<20)
      stored.replaceRows(at: Array(1000..<1010), with: twice)
      try writer.write(stored, to: [0..<rows], ofLayer: layer)
    }
    try writer.finish(
      entries: IndexEntries(
        tokenIDs: Array(0..<rows), positions: Array(repeating: 2, count: rows),
        sentenceIDs: Array(repeating: 0, count: rows), sentences: ["s"]))
    let index = try ContextualIndex(contentsOf: path)
    var queries = states(40, width, seed: 77)
    queries.replaceRows(at: [7, 8], with: states(rows, width, seed: 5).rows(12..<14))
    for chosen in [nil, [5], [2, 9]] as [[Int]?] {
      let fast = index.neighbors(
        of: queries, in: chosen, topK: 7, compute: Compute(threads: 2))
      let plain = index.plainNeighbors(of: queries, in: chosen, topK: 7)
      #expect(fast.map { $0.map(\.origin) } == plain.map { $0.map(\.origin) })
      for (left, right) in zip(fast.joined(), plain.joined()) {
        #expect(abs(left.score - right.score) < 1e-5)
      }
    }
  }

  @Test func moreThanThereAreGivesAll() throws {
    let path = "\(folder.path)/index"
    let writer = try IndexWriter(
      path: path, description: .test(hiddenSize: 4, layers: [1], elementType: .f32, rows: 3))
    try writer.write(states(3, 4, seed: 1), to: [0..<3], ofLayer: 1)
    try writer.finish(
      entries: IndexEntries(
        tokenIDs: [1, 2, 3], positions: [2, 2, 2], sentenceIDs: [0, 0, 0], sentences: ["s"]))
    let index = try ContextualIndex(contentsOf: path)
    let query = states(1, 4, seed: 9)
    #expect(index.plainNeighbors(of: query, topK: 9)[0].count == 3)
    #expect(index.neighbors(of: query, topK: 9, compute: Compute(threads: 1))[0].count == 3)
    #expect(index.plainNeighbors(of: query, topK: 0)[0].isEmpty)
  }
}
