import Foundation
import LatentLensFormats
import LatentLensIndexing
import LatentLensLenses
import LatentLensModels
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// Indices of the method's own package, read and written. What the package makes of our files is held by
/// `Fixtures/interchange.py`.
@Suite struct InterchangeTests {
  static let lenses = Fixtures.path("lenses")
  let folder: TemporaryFolder
  let model: Model

  init() throws {
    folder = try TemporaryFolder()
    model = try Bench.loader.load("\(Self.lenses)/checkpoint")
  }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  private func built(_ name: String) throws -> ContextualIndex {
    try IndexBuild(
      model, corpus: Corpus(contentsOf: "\(Self.lenses)/corpus.txt"),
      options: IndexOptions(layers: LayerSelection("1,2,4"), maxContexts: 6)
    ).run(to: path(name))
    return try model.openIndex(path(name))
  }

  private func worst(_ one: ContextualIndex, _ other: ContextualIndex) throws -> Float {
    var worst: Float = one.layers == other.layers ? 0 : .infinity
    for layer in one.layers {
      let rows = try #require(one.embeddings(ofLayer: layer)).floats()
      let others = try #require(other.embeddings(ofLayer: layer)).floats()
      #expect(rows.count == others.count)
      worst = max(worst, zip(rows, others).map { abs($0 - $1) }.max() ?? 0)
    }
    return worst
  }

  private func expectEntries(_ one: ContextualIndex, _ other: ContextualIndex) {
    #expect(one.entries.tokenIDs == other.entries.tokenIDs)
    #expect(one.entries.positions == other.entries.positions)
    #expect(
      one.entries.sentenceIDs.map { one.entries.sentences[$0] }
        == other.entries.sentenceIDs.map { other.entries.sentences[$0] })
  }

  @Test func thePackagesIndexIsOurs() throws {
    let work = try IndexImport("\(Self.lenses)/cache", model: model)
    let least = try #require(try work.run(to: path("imported")))
    #expect(least > 0.99999)
    #expect(try work.run(to: path("imported")) == nil)
    let (imported, built) = (try model.openIndex(path("imported")), try built("built"))
    #expect(imported.description.identity.elementType == .f16)
    expectEntries(imported, built)
    #expect(try worst(imported, built) < 3e-4)
    try imported.verify()
    #expect(folder.contents == ["built", "imported"])
  }

  @Test(arguments: [Encoding.f32, .f16, .bf16, .i8])
  func whatIsExportedComesBack(_ type: Encoding) throws {
    let built = try built("built")
    try built.convert(to: type, at: path("index"))
    let index = try model.openIndex(path("index"))
    #expect(index.description.identity.elementType == type)
    expectEntries(index, built)
    try index.export(to: path("cache"), as: .package, tokenizer: model.text().tokenizer.get())
    #expect(folder.contents == ["built", "cache", "index"])
    let back = try IndexImport(path("cache"), model: model, elementType: .f32)
    _ = try back.run(to: path("back"))
    let again = try model.openIndex(path("back"))
    expectEntries(again, built)
    // What is stored in few bits is not quite unit, and is made so; whole numbers go without their scale.
    let bound: [Encoding: Float] = [.f32: 1e-7, .f16: 3e-4, .bf16: 2e-3, .i8: 4e-3]
    #expect(try worst(again, type == .i8 ? built : index) < #require(bound[type]))
    try again.convert(to: type, at: path("same"))
    let file = IndexDescription.fileName(ofLayer: 2)
    if type != .i8 {
      #expect(
        try Fixtures.bytes("\(path("same"))/\(file)") == Fixtures.bytes("\(path("index"))/\(file)"))
    }
  }

  /// A file as torch writes it, of our own making: any metadata, any rows.
  private func cache(
    _ name: String, layer: Int = 1, rows: [Float], width: Int, _ records: [(Int, Int, String)]
  ) throws {
    try FileManager.default.createDirectory(
      atPath: path("\(name)/layer_\(layer)"), withIntermediateDirectories: true)
    let states = Matrix(rows: rows.count / width, columns: width, values: rows)
    try TorchCacheWriter(
      .f32, shape: [rows.count / width, width],
      records: records.enumerated().map {
        .init(token: "x", tokenID: $1.0, sentence: $0, position: $1.1)
      }, sentences: records.map(\.2)
    ).write(to: path("\(name)/layer_\(layer)/embeddings_cache.pt")) {
      try $0(states.encoded(as: .f32).bytes)
    }
  }

  @Test func anIndexOfAnotherDecoderIsRefused() throws {
    let index = try built("built")
    let rows = try #require(index.embeddings(ofLayer: 1)).floats()
    let records = (0..<index.rows).map { row in
      (
        index.entries.tokenIDs[row], index.entries.positions[row],
        index.entries.sentences[index.entries.sentenceIDs[row]]
      )
    }
    try cache("good", rows: rows, width: 40, records)
    _ = try IndexImport(path("good"), model: model).run(to: path("good.index"))
    func refused(_ name: String, _ told: String) {
      let error = #expect(throws: (any Error).self) {
        try IndexImport(path(name), model: model).run(to: path("x"))
      }
      #expect("\(error.map { "\($0)" } ?? "")".contains(told), "\(error.map { "\($0)" } ?? "")")
      #expect(PathKind(of: path("x")) == nil && PathKind(of: path("x.building")) == nil)
    }
    try cache("turned", rows: rows.reversed(), width: 40, records)
    refused("turned", "another decoder")
    try cache("layer", layer: 3, rows: rows, width: 40, records)
    refused("layer", "another decoder")
    try cache("token", rows: rows, width: 40, records.map { ($0.0 + 1, $0.1, $0.2) })
    refused("token", "another tokenizer")
    try cache("width", rows: rows, width: 20, records + records)
    refused("width", "width 20")
    try cache("count", rows: rows, width: 40, Array(records.dropLast()))
    refused("count", "says what")
    try cache("deep", layer: 9, rows: rows, width: 40, records)
    refused("deep", "layer 9")
    try cache("both", layer: 1, rows: rows, width: 40, records)
    try cache("both", layer: 2, rows: Array(rows.prefix(400)), width: 40, Array(records.prefix(10)))
    refused("both", "layer_2")
    refused("none", "layer_N")
    _ = try folder.write("no archive", to: "good/layer_1/embeddings_cache.pt")
    refused("good", "embeddings_cache.pt")
  }

  @Test func anExportReplacesNothing() throws {
    let index = try built("built")
    let tokenizer = try model.text().tokenizer.get()
    #expect(throws: FileError.self) {
      try index.export(to: path("built"), as: .npy, tokenizer: tokenizer)
    }
    struct Enough: Error {}
    #expect(throws: Enough.self) {
      try index.export(to: path("npy"), as: .npy, tokenizer: tokenizer) { _, _ in throw Enough() }
    }
    #expect(folder.contents == ["built"])
    try index.export(to: path("npy"), as: .npy, tokenizer: tokenizer)
    let array = try Fixtures.bytes("\(path("npy"))/layer-04.npy")
    let text = String(decoding: array[10..<128], as: UTF8.self)
    #expect(text.contains("'<f4'") && text.contains("(322, 40)") && array.count == 128 + 322 * 160)
  }
}
