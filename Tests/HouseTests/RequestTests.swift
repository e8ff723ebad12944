import Foundation
import LatentLensCatalog
import LatentLensComponents
import LatentLensFormats
import LatentLensIndexing
import LatentLensKernels
import LatentLensLenses
import LatentLensModels
import LatentLensReading
import LatentLensTensors
import LatentLensTestSupport
import Testing

extension Request {
  /// Images of the demo, read by its model.
  static func demo(_ name: String, images: [String]) -> Request {
    Request(
      name: name, models: ["\(Fixtures.demo)/model.json"],
      images: images.map { "\(Fixtures.demo)/images/\($0).jpg" })
  }
}

/// What a run asks for.
@Suite struct RequestTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func request(_ members: String) throws -> Request {
    let image = "\(Fixtures.demo)/images/night.jpg"
    let path = try folder.write(
      "{\"name\": \"x\", \"models\": [\"m\"], \"images\": [\"\(image)\"]\(members)}", to: "run.json"
    )
    return try Request(contentsOf: path)
  }

  private func refuse(_ members: String, saying words: String...) throws {
    do {
      _ = try request(members)
      Issue.record("\(members) was accepted")
    } catch let error as JSONError {
      for word in words { #expect(error.description.contains(word), "\(error)") }
    }
  }

  @Test func whatIsNotAskedForIsTheDefault() throws {
    let request = try request(", \"index\": {\"path\": \"i\"}")
    let standard = Request.standard
    #expect(request.lenses.map(\.text) == standard.lenses.map(\.text))
    #expect(request.layers == standard.layers && request.topK == standard.topK)
    #expect(request.tokens == standard.tokens && request.captions == standard.captions)
    #expect(request.models == ["\(folder.path)/m"] && request.output == standard.output)
  }

  @Test func everyKeyIsRead() throws {
    let request = try request(
      """
      , "lenses": ["embedding", {"lens": "logit"}], "layers": [1, "norm"], "top_k": 7, "tokens": "all",
      "captions": false, "prompt": "p <image>", "out": "o",
      "index": {"corpus": "c.txt", "dtype": "i8", "max_contexts": 3, "layers": "1-2",
        "keep": "matched"}
      """)
    #expect(request.lenses.map(\.text) == ["embedding", "logit"])
    #expect(try request.layers == LayerSelection("1,norm"))
    #expect(request.topK == 7 && request.tokens == .all && !request.captions)
    #expect(request.prompt == "p <image>" && request.output == "\(folder.path)/o")
    guard case .build(let corpus, let options) = request.index else {
      Issue.record("no corpus was read")
      return
    }
    #expect(corpus == "\(folder.path)/c.txt" && options.maxContexts == 3)
    #expect(options.elementType == .i8 && options.keep == .matched)
    #expect(try options.layers == LayerSelection("1-2"))
  }

  @Test func whatCannotBeIsNamedWithItsPlace() throws {
    try refuse("", saying: "`latent`", "index")
    try refuse(", \"lenses\": []", saying: "lenses")
    try refuse(", \"lenses\": [\"nonsense\"]", saying: "lenses[0]", "nonsense", "embedding")
    try refuse(
      ", \"lenses\": [\"logit\", \"logit\"]", saying: "run.json", "`logit` is asked for twice")
    try refuse(
      ", \"lenses\": [{\"lens\": \"logit\", \"path\": \"p\"}]", saying: "lenses[0]", "no path")
    try refuse(", \"lenses\": [\"logit\"], \"top_k\": 0", saying: "top_k", "1000")
    try refuse(", \"lens\": [\"logit\"]", saying: "lens", "lenses")
    try refuse(
      ", \"index\": {\"path\": \"i\", \"corpus\": \"c\"}", saying: "index", "either")
    try refuse(
      ", \"index\": {\"corpus\": \"c\", \"dtype\": \"f99\"}", saying: "index.dtype", "bf16")
    try refuse(
      ", \"index\": {\"corpus\": \"c\", \"keep\": \"some\"}", saying: "index.keep", "first, matched"
    )
  }

  private func corpus() throws -> String {
    try folder.write("the moon shines at night\na red boat on the sea\n", to: "corpus.txt")
  }

  /// A request that builds a small index.
  private func building() throws -> Request {
    var request = Request.demo("x", images: ["night"])
    request.lenses = [try ChosenLens(.latent)]
    request.layers = try LayerSelection("1")
    request.captions = false
    request.index = .build(corpus: try corpus(), options: IndexOptions())
    return request
  }

  @Test func anIndexOfAnotherArithmeticIsNotTakenFromTheFolder() throws {
    var request = try building()
    request.output = "\(folder.path)/out"
    func indices() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: request.output)
        .filter { $0.hasSuffix(".index") }.sorted()
    }
    let first = try #require(try RunJob(request, loader: Bench.loader).run())
    let kept = try indices()
    #expect(kept.count == 1)
    // The same again takes it; another rule builds another.
    let second = try #require(try RunJob(request, loader: Bench.loader).run())
    #expect(try indices() == kept)
    #expect(first.results.models[0].provenance.index == second.results.models[0].provenance.index)
    request.index = .build(corpus: try corpus(), options: IndexOptions(elementType: .bf16))
    _ = try RunJob(request, loader: Bench.loader).run()
    #expect(try indices().count == 2)
    // An index that was put under the name of another is not believed.
    let name = "\(request.output)/\(kept[0])"
    try FileManager.default.removeItem(atPath: name)
    let other = try #require(try indices().first)
    try FileManager.default.moveItem(atPath: "\(request.output)/\(other)", toPath: name)
    request.index = .build(corpus: try corpus(), options: IndexOptions())
    #expect(throws: HostError.self) { try RunJob(request, loader: Bench.loader).run() }
  }

  /// What a run keeps is found again by everything that changes a byte of it.
  @Test func aKeptIndexIsOfItsArithmeticAndItsTokenizer() throws {
    let corpus = try folder.write(
      "the moon shines at night\na red boat on the sea\n", to: "corpus.txt")
    let model = "\(folder.path)/model"
    try FileManager.default.copyItem(
      atPath: Fixtures.path("lenses/checkpoint"), toPath: model)
    func results(_ out: String, _ arithmetic: Arithmetic) throws -> [UInt8] {
      var request = Request(name: "x", models: [model], texts: ["the moon"])
      request.lenses = [try ChosenLens(.latent)]
      request.layers = try LayerSelection("1")
      request.index = .build(corpus: corpus, options: IndexOptions())
      request.output = "\(folder.path)/\(out)"
      let loader = ModelLoader(registry: .standard, threads: 2, arithmetic: arithmetic)
      _ = try RunJob(request, loader: loader).run()
      return try Fixtures.bytes("\(request.output)/results.json")
    }
    // OpenBLAS stands for any other arithmetic: not every processor has bfloat16.
    let one = try results("out", .blas)
    let other = try results("out", .f32)
    #expect(one != other)
    #expect(try results("clean", .f32) == other)
    // A tokenizer that says the same in another file is another for all that we know.
    let file = "\(model)/tokenizer.json"
    try Data(try Fixtures.bytes(file) + Array("\n".utf8)).write(to: URL(fileURLWithPath: file))
    let third = try results("out", .f32)
    #expect(try results("third", .f32) == third)
    let kept = try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/out")
      .filter { $0.hasSuffix(".index") }
    #expect(kept.count == 3)
  }

  /// The demo's checkpoint with another number in some weights, and a manifest over it.
  private func demo(_ name: String, changing part: String, as checkpoint: String) throws -> String {
    let target = "\(folder.path)/\(checkpoint)"
    if PathKind(of: target) == nil {
      try FileManager.default.copyItem(atPath: Fixtures.demo, toPath: target)
    }
    try copyWeights(of: Fixtures.demo, to: target) { if $0.contains(part) { $1[0] += 0.5 } }
    return try folder.write(
      """
      {"name": "\(name)", "checkpoint": "\(checkpoint)", "prompt": "<im_start><image><im_end>"}
      """, to: "\(name).json")
  }

  /// Models that differ in what is before the decoder, or in their names, share an index.
  @Test func modelsOfOneDecoderShareAnIndex() throws {
    var request = try building()
    func run(
      _ out: String, _ models: [String], _ arithmetic: Arithmetic = .f32
    ) throws -> (kept: [String], indices: [String?], built: Int, planned: Int?) {
      request.models = models
      request.output = "\(folder.path)/\(out)"
      var built = 0
      let loader = ModelLoader(registry: .standard, threads: 2, arithmetic: arithmetic)
      let job = try RunJob(request, loader: loader)
      let planned = try job.plan().rows
      let run = try job.run(progress: { step in
        if step.unit == "tokens", step.done == step.total { built += 1 }
      })
      let outcome = try #require(run)
      let kept = try FileManager.default.contentsOfDirectory(atPath: request.output)
        .filter { $0.hasSuffix(".index") }.sorted()
      return (kept, outcome.results.models.map(\.provenance.index), built, planned)
    }
    let one = try demo("one", changing: "nothing", as: "sound")
    let two = try demo("two", changing: "nothing", as: "sound")
    let twin = try demo("twin", changing: "multi_modal_projector", as: "other")
    let shared = try run("shared", [one, two, twin])
    #expect(shared.kept.count == 1 && shared.built == 1 && Set(shared.indices).count == 1)
    let single = try run("single", [one])
    // Files of their own are not known to be the same before they are read.
    #expect(shared.planned == single.planned.map { 2 * $0 })
    #expect(single.kept == shared.kept && single.indices[0] == shared.indices[0])
    #expect(try run("shared", [two]).built == 0)
    // Another arithmetic, and another decoder.
    #expect(try run("shared", [two], .blas).kept.count == 2)
    let apart = try run(
      "apart", [one, try demo("twin", changing: "model.layers.0.mlp", as: "other")])
    #expect(apart.kept.count == 2 && apart.built == 2 && Set(apart.indices).count == 2)
  }

  /// One picture of a folder that cannot be read is named and left out; one that was named is an error, before
  /// anything is done.
  @Test func onePictureOfAFolderMayBeBroken() throws {
    let images = "\(folder.path)/images"
    try FileManager.default.createDirectory(atPath: images, withIntermediateDirectories: true)
    for name in ["night", "coast"] {
      try FileManager.default.copyItem(
        atPath: "\(Fixtures.demo)/images/\(name).jpg", toPath: "\(images)/\(name).jpg")
    }
    let broken = try folder.write("no picture", to: "images/broken.jpg")
    func manifest(_ pictures: String) throws -> Request {
      let path = try folder.write(
        """
        {"name": "x", "models": ["\(Fixtures.demo)/model.json"], "images": \(pictures),
         "lenses": ["latent"], "layers": "1", "captions": false, "out": "out",
         "index": {"corpus": "\(Fixtures.demo)/corpus.txt", "layers": "1"}}
        """, to: "run.json")
      return try Request(contentsOf: path)
    }
    for pictures in ["[\"images\"]", "[\"images/*.jpg\"]"] {
      var request = try manifest(pictures)
      #expect(request.images.count == 3)
      var said: [String] = []
      let check = try RequestCheck("run.json", request, loader: Bench.loader)
      #expect(check.isSound && check.text.contains("\(broken): "))
      let job = try RunJob(request, loader: Bench.loader)
      let results = try #require(try job.run(leaveOut: { said.append($0) })).results
      #expect(said.count == 1 && said[0].hasPrefix("\(broken): ") && said[0].contains("left out"))
      #expect(results.models[0].images.map(\.name) == ["coast.jpg", "night.jpg"])
      try FileManager.default.removeItem(atPath: request.output)
      request.isStrict = true
      try expectRefusal(request)
    }
    try expectRefusal(manifest("[\"images\", \"images/broken.jpg\"]"))
    for name in ["night", "coast"] {
      try FileManager.default.removeItem(atPath: "\(images)/\(name).jpg")
    }
    try expectRefusal(manifest("[\"images\"]"))

    func expectRefusal(_ request: Request) throws {
      let check = try RequestCheck("run.json", request, loader: Bench.loader)
      #expect(!check.isSound && check.text.contains("\(broken): "))
      let error = #expect(throws: (any Error).self) {
        try RunJob(request, loader: Bench.loader).run(progress: { step in
          if step.unit == "tokens" { Issue.record("an index was begun") }
        })
      }
      #expect(error.map { "\($0)".contains(broken) } == true)
      #expect(PathKind(of: request.output) == nil)
    }
  }

  @Test func anIndexOfAnotherModelIsRefusedWhereItIsOpened() throws {
    let other = try Bench.loader.load(Fixtures.path("lenses/checkpoint"))
    let corpus = try Corpus(
      contentsOf: folder.write("the moon shines at night\n", to: "corpus.txt"))
    let path = "\(folder.path)/index"
    try IndexBuild(other, corpus: corpus, options: IndexOptions()).run(to: path)
    #expect(try other.openIndex(path).rows > 0)
    #expect(throws: IndexError.self) { try Bench.demo().openIndex(path) }
  }

  @Test func aRunThatFailsLeavesNothing() throws {
    let broken = try folder.write("no picture", to: "broken.png")
    var request = Request.demo("x", images: ["night"])
    request.images.append(broken)
    request.layers = try LayerSelection("1")
    request.captions = false
    request.output = "\(folder.path)/new/out"
    for lenses in [["logit"], ["latent"]] {
      request.lenses = try lenses.map { try ChosenLens($0) }
      request.index = .build(
        corpus: try folder.write("the moon shines at night\n", to: "corpus.txt"),
        options: IndexOptions())
      #expect(throws: (any Error).self) { try RunJob(request, loader: Bench.loader).run() }
      #expect(folder.contents == ["broken.png", "corpus.txt"])
    }
  }

  @Test func aPlanRunsNothingAndSaysWhatItTakes() throws {
    var request = Request.demo("x", images: ["night", "coast"])
    request.index = .build(corpus: "\(Fixtures.demo)/corpus.txt", options: IndexOptions())
    request.output = "\(folder.path)/out"
    let plan = try RunJob(request, loader: Bench.loader).plan()
    #expect(plan.rows ?? 0 > 1000 && plan.diskBytes > 1_000_000 && plan.operations > 1e9)
    #expect(folder.contents.isEmpty)
  }
}
