import LatentLensComponents
import LatentLensFormats
import LatentLensLenses
import LatentLensModelHost
import LatentLensTensors
import LatentLensTestSupport
import LatentLensTokenization
import Testing

/// The index and the three lenses against the method's own package and direct torch.
@Suite struct LensParityTests {
  static let folder = Fixtures.path("lenses")
  let model: Model
  let tensors: [String: Weight]
  let expected: JSONNode

  init() throws {
    model = try Bench.loader.load("\(Self.folder)/checkpoint")
    tensors = try SafetensorsFile(contentsOf: "\(Self.folder)/expected.safetensors").tensors
    expected = try JSONNode(contentsOf: "\(Self.folder)/expected.json")
  }

  private func queries() throws -> Matrix {
    let tensor = try #require(tensors["queries"])
    return Matrix(rows: tensor.shape[0], columns: tensor.shape[1], values: tensor.floats())
  }

  private func index(in folder: TemporaryFolder) throws -> ContextualIndex {
    let build = try IndexBuild(
      model, corpus: Corpus(contentsOf: "\(Self.folder)/corpus.txt"),
      options: IndexOptions(layers: LayerSelection("1,2,4"), maxContexts: 6))
    try build.run(to: "\(folder.path)/index")
    return try ContextualIndex(contentsOf: "\(folder.path)/index")
  }

  @Test func theIndexHasThePeersRows() throws {
    let folder = try TemporaryFolder()
    let index = try index(in: folder)
    let entries = try expected.required("entries").elements()
    #expect(index.rows == entries.count)
    for (row, entry) in entries.enumerated() where row < index.rows {
      #expect(try index.entries.tokenIDs[row] == entry.required("token_id").integer())
      #expect(try index.entries.positions[row] == entry.required("position").integer())
      let sentence = index.entries.sentences[index.entries.sentenceIDs[row]]
      #expect(try sentence == entry.required("sentence").string())
    }
    for layer in [1, 2, 4] {
      let ours = index.embeddings(ofLayer: layer).floats()
      let theirs = try #require(tensors["rows.\(layer)"]).floats()
      let worst = zip(ours, theirs).map { abs($0 - $1) }.max() ?? .infinity
      #expect(ours.count == theirs.count && worst < 1e-4, "layer \(layer) is off by \(worst)")
    }
  }

  @Test func latentLensFindsThePeersNeighbours() throws {
    let folder = try TemporaryFolder()
    let index = try index(in: folder)
    let lens = LatentLens(index, compute: model.compute)
    let found = lens.neighbors(of: try queries(), topK: 5)
    let theirs = try expected.required("neighbors").elements()
    #expect(found.count == theirs.count)
    var worst: Float = 0
    for (ours, theirs) in zip(found, theirs) {
      let theirs = try theirs.elements()
      #expect(ours.count == theirs.count)
      for (neighbor, other) in zip(ours, theirs) {
        let origin = try #require(neighbor.origin)
        #expect(try origin.layer == other.required("layer").integer())
        #expect(try neighbor.tokenID == other.required("token_id").integer())
        #expect(
          try index.entries.positions[origin.row] == other.required("position").integer())
        let sentence = index.entries.sentences[index.entries.sentenceIDs[origin.row]]
        #expect(try sentence == other.required("sentence").string())
        worst = try max(worst, abs(neighbor.score - Float(other.required("similarity").number())))
      }
    }
    #expect(worst < 1e-4)
    print("parity  LatentLens against latentlens 0.1.0: \(found.count) queries, worst \(worst)")
  }

  @Test func vocabularyLensesEqualTorch() throws {
    let decoder = try model.requireDecoder()
    let lenses: [(String, any Lens)] = [
      ("logit", LogitLens(head: decoder.head) { decoder.normalize($0) }),
      ("embedding", EmbeddingLens(embedding: decoder.embedding, compute: model.compute)),
    ]
    for (name, lens) in lenses {
      let found = lens.neighbors(of: try queries(), topK: 5).flatMap(\.self)
      let ids = try #require(tensors["\(name).id"]).integers().map { Int($0) }
      let scores = try #require(tensors["\(name).score"]).floats()
      #expect(found.map(\.tokenID) == ids, "\(name)")
      let largest = scores.map(abs).max() ?? 1
      let worst = zip(found, scores).map { abs($0.score - $1) }.max() ?? .infinity
      #expect(worst / max(largest, 1) < 1e-4, "\(name) is off by \(worst)")
      print("parity  \(lens.kind.title) against torch: \(found.count) neighbours, worst \(worst)")
    }
    let probabilities = try #require(tensors["logit.probability"]).floats()
    let found = lenses[0].1.neighbors(of: try queries(), topK: 5).flatMap(\.self)
    for (neighbor, probability) in zip(found, probabilities) {
      #expect(abs((neighbor.probability ?? 0) - Double(probability)) < 1e-4)
    }
  }
}
