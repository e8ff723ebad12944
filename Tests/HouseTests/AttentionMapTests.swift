import Foundation
import LatentLensComponents
import LatentLensFormats
import LatentLensKernels
import LatentLensLenses
import LatentLensModels
import LatentLensReading
import LatentLensSession
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// How tokens attend: the numbers of transformers, and what results keep of them.
@Suite struct AttentionMapTests {
  static let decoders = [
    "llama-gqa", "qwen2-tiny", "qwen3-tiny", "olmo-tiny", "olmo2-tiny", "gemma2-tiny",
    "granite-tiny",
  ]
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Sees all blocks, and keeps what they lend.
  private final class Everything {
    var layers: [Int: [Float]] = [:]
    var observer: AttentionObserver {
      AttentionObserver(wants: { _ in true }, look: { self.layers[$0] = $1.values() })
    }
  }

  private func expected(_ fixture: String) throws -> NameTable<Weight> {
    try SafetensorsFile(contentsOf: Fixtures.path("attention/\(fixture).safetensors")).tensors
  }

  private func ids(_ fixture: String) throws -> [Int] {
    let inputs = Fixtures.path("parity/\(fixture)/inputs.safetensors")
    return try #require(SafetensorsFile(contentsOf: inputs).tensors["token_ids"]).integers()
      .map(Int.init)
  }

  // MARK: The numbers

  private func compare(_ found: [Int: [Float]], _ fixture: String, blocks: Int) throws {
    #expect(found.count == blocks)
    var worst: Float = 0
    for (layer, weights) in found {
      let tensor = try #require(try expected(fixture)["attention.\(layer)"])
      let count = tensor.shape[0]
      #expect(weights.count == count * count)
      worst = max(worst, zip(weights, tensor.floats()).map { abs($0 - $1) }.max() ?? .infinity)
      for row in 0..<count {
        #expect(abs(weights[row * count..<(row + 1) * count].reduce(0, +) - 1) < 1e-5)
      }
    }
    #expect(worst < 1e-5, "\(fixture) is off by \(worst)")
    print("attention  \(fixture)  \(blocks) blocks  worst \(String(format: "%.1e", worst))")
  }

  @Test(arguments: decoders)
  func weightsEqualThoseOfTransformers(_ fixture: String) throws {
    let model = try Bench.model(fixture)
    let seen = Everything()
    try ForwardPass(model, ids: ids(fixture)).run(observer: .none, attention: seen.observer)
    try compare(seen.layers, fixture, blocks: model.text().decoder.blockCount)
  }

  /// Image tokens that see each other, also those behind them.
  @Test func weightsOfMutualTokensEqualThoseOfTransformers() throws {
    let fixture = "molmo2-tiny"
    let decoder = try Bench.model(fixture).text().decoder
    let states = try SafetensorsFile(
      contentsOf: Fixtures.path("parity/\(fixture)/expected.safetensors")
    ).tensors
    let input = try #require(states["hidden.0"])
    let mutual = try #require(try expected(fixture)["mutual"]).integers().map(Int.init)
    let seen = Everything()
    _ = decoder.decode(
      Matrix(rows: input.shape[0], columns: input.shape[1], values: input.floats()),
      DecoderPass(
        Segments(counts: [input.shape[0]], mutualPositions: [mutual[0]..<mutual[1]]),
        through: decoder.blockCount, attention: seen.observer))
    try compare(seen.layers, fixture, blocks: decoder.blockCount)
  }

  @Test(arguments: ["llama-gqa", "gemma2-tiny"])
  func aTokenThatIsAppendedAttendsAsInTheWholeSequence(_ fixture: String) throws {
    let (model, ids) = (try Bench.model(fixture), try ids(fixture))
    let decoder = try model.text().decoder
    let whole = Everything()
    try ForwardPass(model, ids: ids).run(observer: .none, attention: whole.observer)
    let cache = KeyValueCache(layers: decoder.blockCount)
    let last = Stage.hidden(decoder.blockCount)
    let begun = ids.count - 5
    try ForwardPass(model, ids: Array(ids[..<begun])).run(
      observer: StageObserver(wants: { $0 == last }, look: { _, _ in }), cache: cache)
    for place in begun..<ids.count {
      let one = Everything()
      _ = decoder.decode(
        decoder.embed([ids[place]]),
        DecoderPass(
          Segments(count: 1, startingAt: place), through: decoder.blockCount, cache: cache,
          attention: one.observer))
      for (layer, row) in one.layers {
        let all = try #require(whole.layers[layer])
        #expect(row == Array(all[place * ids.count..<place * ids.count + place + 1]))
      }
      #expect(one.layers.count == decoder.blockCount)
    }
  }

  @Test func aPassGoesAsDeepAsSomebodyLooksAtAttention() throws {
    let model = try Bench.model("llama-gqa")
    let cache = KeyValueCache(layers: 3)
    var seen: [Int] = []
    try ForwardPass(model, ids: [3, 4, 5]).run(
      observer: .none,
      attention: AttentionObserver(wants: { $0 == 2 }, look: { layer, _ in seen.append(layer) }),
      cache: cache)
    #expect(seen == [2] && (0..<3).map { cache.layer($0).count } == [3, 3, 0])
  }

  // MARK: What is kept

  @Test func whatIsKeptIsWithin22PerMilleOfWhatItIs() throws {
    let (model, ids) = (try Bench.model("gemma2-tiny"), try ids("gemma2-tiny"))
    let seen = Everything()
    let pass = try ForwardPass(model, ids: ids)
    pass.run(observer: .none, attention: seen.observer)
    let rows = ids.indices.filter { $0 % 3 != 1 }
    let recorder = AttentionRecorder([.hidden(0), .hidden(2), .norm], rows: rows, of: pass)
    _ = pass.record([.hidden(0), .hidden(2)], rows: rows, attention: recorder)
    let maps = recorder.maps
    #expect(maps.start == 0 && maps.reach == Array(1...rows.count))
    #expect(maps.layers.map(\.layer) == [.hidden(2)])
    let (layer, all) = (try #require(maps.layers.first), try #require(seen.layers[2]))
    #expect(layer.picture == nil)
    var place = 0
    for (number, row) in rows.enumerated() {
      #expect(abs(layer.first[number] - all[row * ids.count]) < 1e-6)
      let top = rows[...number].map { all[row * ids.count + $0] }.max() ?? 0
      #expect(abs(layer.top[number] - top) < 1e-6)
      for key in rows[...number] {
        let (told, true_) = (
          AttentionMaps.weight(of: layer.weights[place], top: layer.top[number]),
          all[row * ids.count + key]
        )
        #expect(abs(told - true_) <= true_ * 0.0221 + top / 60_000, "\(row) on \(key)")
        place += 1
      }
    }
    #expect(place == layer.weights.count)
  }

  private func request(_ name: String, _ change: (inout Request) throws -> Void = { _ in }) throws
    -> Request
  {
    var request = Request.demo(name, images: ["night", "coast"])
    request.texts = ["the moon shines at night", "a red boat"]
    request.lenses = try [ChosenLens(.logit)]
    request.layers = try LayerSelection("0,3,8,norm")
    request.attention = true
    request.tokens = .all
    request.controls = [.noise]
    request.output = "\(folder.path)/\(name)"
    try change(&request)
    return request
  }

  private func run(_ request: Request, limit: Int = .max) throws -> JSONNode {
    _ = try RunJob(request, loader: Bench.loader, partLimit: limit).run()
    return try JSONNode(contentsOf: "\(request.output)/results.json")
  }

  @Test func resultsTellWhatTheReportShows() throws {
    let root = try run(request("whole"))
    let schema = try JSONSchema(
      contentsOf: "\(Fixtures.repository)/models/schema/results.schema.json")
    #expect(try schema.problems(of: root.value).isEmpty)
    #expect(try root.required("run").required("attention").bool())
    let models = try root.required("models").elements()
    #expect(models[0]["attention"]?.value == [3, 8] && models[1]["attention"] == nil)
    let sheets =
      try models[0].required("images").elements() + models[0].required("texts").elements()
    for sheet in sheets {
      let node = try sheet.required("attention")
      let count = try sheet.required("tokens").required("text").elements().count
      let reach = try node.required("reach").decode([Int].self)
      #expect(reach == Array(1...count))
      for layer in try node.required("layers").elements() {
        let bytes = try #require(Data(base64Encoded: layer.required("weight").string()))
        let tops = try layer.required("top").decode([Float].self)
        var place = 0
        // Every token is read, so that the weights of each come to 1.
        for (top, reach) in zip(tops, reach) {
          let row = bytes[place..<place + reach].map { AttentionMaps.weight(of: $0, top: top) }
          #expect(abs(row.reduce(0, +) - 1) < 0.02)
          place += reach
        }
        #expect(place == bytes.count)
        #expect((layer["picture"] == nil) == (sheet["sha256"] == nil))
      }
    }
    #expect(try models[1].required("images").elements().allSatisfy { $0["attention"] == nil })
    // What was asked for can be asked for again.
    let manifest = try folder.write(
      "{\"name\": \"x\", \"models\": [\"\(Fixtures.demo)/model.json\"], \"texts\": [\"a\"], "
        + "\"lenses\": [\"logit\"], \"attention\": true}", to: "run.json")
    #expect(try Request(contentsOf: manifest).attention)
  }

  @Test func whoDoesNotAskHasTheSameBytesAsBefore() throws {
    let without = try run(request("without") { $0.attention = false })
    #expect(without["run"]?["attention"] == nil)
    let text = without.value.text()
    #expect(!text.contains("attention"))
    // And whoever asks has the same readings.
    let asked = try run(request("without") { $0.output += "-asked" })
    func readings(_ root: JSONNode) throws -> [JSONValue] {
      try root.required("models").elements().flatMap { model in
        try model.required("images").elements().map { try $0.required("readings").value }
          + [model.required("entries").value, model.required("bands").value]
      }
    }
    #expect(try readings(without) == readings(asked))
  }

  @Test func partsAndComparisonsCarryIt() throws {
    let (whole, parted) = (try request("whole"), try request("parted"))
    _ = try run(whole)
    let told = try run(parted, limit: 0)
    #expect(try told.required("version").integer() == 4)
    #expect(try told.required("models").elements()[0]["attention"]?.value == [3, 8])
    for (out, limit) in [("a", Int.max), ("c", 0)] {
      try Comparison(of: [whole.output, parted.output]).write(
        to: "\(folder.path)/\(out)", partLimit: limit)
    }
    try Comparison(of: ["\(folder.path)/c"]).write(to: "\(folder.path)/d")
    func images(_ run: String) throws -> [[JSONValue]] {
      try JSONNode(contentsOf: "\(run)/results.json").required("models").elements().map { model in
        try model.required("images").elements().map { $0["attention"]?.value ?? .null }
      }
    }
    let own = try images(whole.output)[0]
    #expect(!own.contains(.null))
    // The controls have none.
    let none: [JSONValue] = [.null, .null]
    #expect(try images("\(folder.path)/a") == [own, none, own, none])
    #expect(try images("\(folder.path)/d") == [own, none, own, none])
  }

  @Test func layersThatLeaveNoBlockHaveNone() throws {
    let error = try #require(throws: HostError.self) {
      try run(request("none") { $0.layers = try LayerSelection("0,norm") })
    }
    #expect(error.description.contains("choose a layer from 1 on"))
  }
}
