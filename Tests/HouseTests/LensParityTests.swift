import LatentLensComponents
import LatentLensFormats
import LatentLensIndexing
import LatentLensLenses
import LatentLensModels
import LatentLensTensors
import LatentLensTestSupport
import LatentLensTokenization
import Testing

/// The index and the three lenses against the method's own package and direct torch.
@Suite struct LensParityTests {
  static let folder = Fixtures.path("lenses")
  let model: Model
  let tensors: NameTable<Weight>
  let expected: JSONNode

  init() throws {
    model = try Bench.loader.load("\(Self.folder)/checkpoint")
    tensors = try SafetensorsFile(contentsOf: "\(Self.folder)/expected.safetensors").tensors
    expected = try JSONNode(contentsOf: "\(Self.folder)/expected.json")
  }

  /// States of some tokens; which layer they are of makes no difference to these lenses.
  private func queries() throws -> StateBatch {
    let tensor = try #require(tensors["queries"])
    return StateBatch(
      stages: [.hidden(3)], tokenCount: tensor.shape[0],
      states: Matrix(rows: tensor.shape[0], columns: tensor.shape[1], values: tensor.floats()))
  }

  private func reader(of lens: Lens, index: ContextualIndex? = nil) throws -> any LensReader {
    return try lens.make(
      LensResources(
        decoder: model.text().decoder, compute: model.identity.compute, index: index,
        common: common()))
  }

  /// What other states have in common, as torch measured it.
  private func common() throws -> CommonStates {
    let (mean, directions) = (
      try #require(tensors["means"]).floats(), try #require(tensors["directions"])
    )
    let values = directions.floats()
    return CommonStates([
      .hidden(3): CommonPart(
        mean: mean,
        directions: stride(from: 0, to: values.count, by: mean.count).map {
          Array(values[$0..<$0 + mean.count])
        })
    ])
  }

  private func index(in folder: TemporaryFolder) throws -> ContextualIndex {
    let build = try IndexBuild(
      model, corpus: Corpus(contentsOf: "\(Self.folder)/corpus.txt"),
      options: IndexOptions(layers: LayerSelection("1,2,4"), maxContexts: 6))
    try build.run(to: "\(folder.path)/index")
    return try model.openIndex("\(folder.path)/index")
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
      let ours = try #require(index.embeddings(ofLayer: layer)).floats()
      let theirs = try #require(tensors["rows.\(layer)"]).floats()
      let worst = zip(ours, theirs).map { abs($0 - $1) }.max() ?? .infinity
      #expect(ours.count == theirs.count && worst < 1e-4, "layer \(layer) is off by \(worst)")
    }
  }

  @Test func latentLensFindsThePeersNeighbours() throws {
    let folder = try TemporaryFolder()
    let index = try index(in: folder)
    let found = try reader(of: .latent, index: index).neighbors(of: queries(), topK: 5)
    #expect(
      try index.plainNeighbors(of: queries().states, topK: 5).map { $0.map(\.origin) }
        == found.map { $0.map(\.origin) })
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

  @Test(arguments: [Lens.centeredLatent, .latentAllButTop])
  func latentLensWithoutTheCommonPartEqualsTorch(_ lens: Lens) throws {
    let folder = try TemporaryFolder()
    let reader = try reader(of: lens, index: index(in: folder))
    let found = try reader.neighbors(of: queries(), topK: 5).flatMap(\.self)
    let scores = try #require(tensors["\(lens.name).score"]).floats()
    let layers = try #require(tensors["\(lens.name).layer"]).integers().map { Int($0) }
    let rows = try #require(tensors["\(lens.name).row"]).integers().map { Int($0) }
    #expect(found.map(\.origin) == zip(layers, rows).map { .init(layer: $0, row: $1) })
    let worst = zip(found, scores).map { abs($0.score - $1) }.max() ?? .infinity
    #expect(worst < 1e-4)
    print("parity  \(lens.title) against torch: \(found.count), worst \(worst)")
  }

  /// What a lens says of a neighbour, whoever found it, is what its search says.
  @Test(arguments: Lens.all.filter { if case .path = $0.needs { false } else { true } })
  func scoresOfNeighboursAreTheSearchs(_ lens: Lens) throws {
    let folder = try TemporaryFolder()
    let reader = try reader(of: lens, index: index(in: folder))
    let found = try reader.neighbors(of: queries(), topK: 4).map { $0[3] }
    let again = try reader.scores(of: queries(), with: found)
    for (neighbor, score) in zip(found, again) { #expect(abs(neighbor.score - score) < 1e-5) }
  }

  @Test(arguments: Lens.all.filter { $0.needs == .nothing })
  func vocabularyLensesEqualTorch(_ lens: Lens) throws {
    let found = try reader(of: lens).neighbors(of: queries(), topK: 5).flatMap(\.self)
    let ids = try #require(tensors["\(lens.name).id"]).integers().map { Int($0) }
    let scores = try #require(tensors["\(lens.name).score"]).floats()
    #expect(found.map(\.tokenID) == ids)
    let largest = scores.map(abs).max() ?? 1
    let worst = zip(found, scores).map { abs($0.score - $1) }.max() ?? .infinity
    #expect(worst / max(largest, 1) < 1e-4, "\(lens.name) is off by \(worst)")
    print("parity  \(lens.title) against torch: \(found.count) neighbours, worst \(worst)")
    guard lens.score == .logit else { return }
    let probabilities = try #require(tensors["\(lens.name).probability"]).floats()
    #expect(found.count == probabilities.count)
    for (neighbor, probability) in zip(found, probabilities) {
      #expect(abs((neighbor.probability ?? 0) - Double(probability)) < 1e-4)
    }
  }
}
