import Foundation
import LatentLensFormats
import LatentLensKernels
import LatentLensLenses
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// Every command does what it says, on the demo.
@Suite struct CommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func succeed(_ arguments: [String], input: String = "") throws -> String {
    let outcome = try Tool.run(arguments, input: input)
    #expect(outcome.status == 0, "\(arguments): \(outcome.complaint)")
    #expect(outcome.complaint.isEmpty)
    return outcome.output
  }

  @Test func everyCommandHasHelpWithAnExample() throws {
    let commands = [
      ["run"], ["interpret"], ["compare"], ["plot"], ["evaluate"], ["find"], ["index", "build"],
      ["index", "info"],
      ["index", "verify"], ["search"],
      ["states"],
      ["tokenize"], ["preprocess"], ["generate"], ["models"], ["check"], ["verify"],
    ]
    for command in commands {
      let help = try succeed(command + ["--help"])
      #expect(help.contains("Example: "))
      #expect(
        help.contains("latentlens \(command.joined(separator: " ")) --") || command == ["run"]
          || help.contains("latentlens \(command.joined(separator: " "))"))
      #expect(help.contains("--threads") && help.contains("--quiet"))
    }
  }

  @Test func figuresOfRunsAreWrittenAsFiles() throws {
    let out = "\(folder.path)/night"
    _ = try succeed([
      "interpret", "--model", "models/demo/model.json", "--image", "models/demo/images/night.jpg",
      "models/demo/images/coast.jpg", "--lens", "logit,embedding", "--layers", "connector,0,4,8",
      "--out", out,
    ])
    for (runs, lines) in [([out], 2), ([out, out], 3)] {
      let figures = "\(folder.path)/figures-\(runs.count)"
      _ = try succeed(["plot"] + runs + ["--out", figures])
      let names = Set(try FileManager.default.contentsOfDirectory(atPath: figures))
      #expect(names.isSuperset(of: ["nearness-logit.svg", "norms.csv", "states-1-1.svg"]))
      #expect(names.contains("states-1-2.csv") == (runs.count == 2))
      let svg = String(decoding: try Fixtures.bytes("\(figures)/norms.svg"), as: UTF8.self)
      #expect(svg.hasPrefix("<svg ") && svg.contains(">depth in the decoder</text>"))
      #expect(svg.components(separatedBy: ">demo").count == lines)
      let csv = String(decoding: try Fixtures.bytes("\(figures)/norms.csv"), as: UTF8.self)
      #expect(csv.split(separator: "\r\n").count == 1 + 4 * runs.count)
      #expect(names.contains("agreement-logit.svg") == (runs.count == 2))
    }
    // As pictures: three pixels for each unit, of which many are neither white nor one colour.
    let pictures = "\(folder.path)/pictures"
    _ = try succeed(["plot", out, out, "--out", pictures, "--format", "png"])
    let written = try FileManager.default.contentsOfDirectory(atPath: pictures)
    #expect(
      written.contains("agreement-logit-models.png") && written.allSatisfy { $0.hasSuffix(".png") })
    let norms = try Fixtures.bytes("\(pictures)/norms.png")
    #expect(norms.starts(with: [0x89, 0x50, 0x4E, 0x47]) && norms.count > 10_000)
    func number(_ place: Int) -> Int { norms[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }
    #expect(number(16) == 3 * 560 && number(20) > 3 * 300)
  }

  @Test func aRunIsEvaluated() throws {
    let out = "\(folder.path)/night"
    _ = try succeed([
      "interpret", "--model", "models/demo/model.json", "--image", "models/demo/images/night.jpg",
      "--lens",
      "logit,embedding", "--layers", "0,8", "--out", out,
    ])
    let results = try JSONNode(contentsOf: "\(out)/results.json")
    let image = try results.required("models").elements()[0].required("images").elements()[0]
    let (width, height) = try (
      image.required("width").integer(), image.required("height").integer()
    )
    _ = try folder.write(
      """
      {"image": "night.jpg", "width": \(width), "height": \(height), "things": [
        {"words": ["sky", "night"], "kind": "ground", "runs": [0, \(width * height)]}]}
      """, to: "night.truth.json")
    let table = try succeed(["evaluate", out, "--truth", folder.path, "--ground"])
    #expect(table.contains("144 visual tokens") && table.contains("LogitLens"))
    #expect(table.contains("report: \(out)/report.html"))
    let lines = table.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 100 || $0.hasPrefix("report: ") })
    let quiet = try succeed(["evaluate", out, "--truth", folder.path, "--ground", "--quiet"])
    #expect(quiet.isEmpty)
    #expect(FileManager.default.fileExists(atPath: "\(out)/evaluation.json"))
  }

  @Test func tokenizeGoesThereAndBack() throws {
    let lines = "{\"text\": \"a red boat\"}\n{\"text\": \"\"}\n"
    let ids = try succeed(["tokenize", "--model", "models/demo"], input: lines)
    #expect(ids.split(separator: "\n").count == 2)
    let text = try succeed(["tokenize", "--model", "models/demo", "--decode"], input: ids)
    #expect(text.contains("a red boat"))
  }

  @Test func preprocessWritesPixels() throws {
    let out = "\(folder.path)/pixels.safetensors"
    _ = try succeed([
      "preprocess", "--model", "models/demo", "--image", "models/demo/images/coast.jpg", "--out",
      out,
    ])
    let pixels = try #require(SafetensorsFile(contentsOf: out).tensors["pixel_values"])
    #expect(pixels.shape == [1, 3, 168, 168] && pixels.encoding == .f32)
  }

  @Test func statesHaveTheNamesOfTheContract() throws {
    let out = "\(folder.path)/states.safetensors"
    _ = try succeed([
      "states", "--model", "models/demo/model.json", "--image", "models/demo/images/night.jpg",
      "--layers", "all", "--logits", "--out", out,
    ])
    let tensors = try SafetensorsFile(contentsOf: out).tensors
    let names =
      (0...8).map { "hidden.\($0)" } + (0...5).map { "vision.\($0)" }
      + ["hidden.norm", "connector", "logits", "visual_positions"]
    #expect(Set(tensors.keys) == Set(names))
    #expect(tensors["vision.5"]?.shape == [145, 128])
    #expect(tensors["connector"]?.shape == [144, 128])
    #expect(tensors["visual_positions"]?.integers().count == 144)
    // Visual tokens take their placeholders' places, so that layer 0 holds the connector's output.
    let first = try #require(tensors["visual_positions"]?.integers().first)
    let hidden = try #require(tensors["hidden.0"])
    let row = Array(hidden.floats()[Int(first) * 128..<(Int(first) + 1) * 128])
    #expect(row == Array(try #require(tensors["connector"]).floats().prefix(128)))
  }

  @Test func statesThatWereWrittenAreReplayed() throws {
    let inputs = Fixtures.path("parity/llava-tiny/inputs.safetensors")
    let out = "\(folder.path)/states.safetensors"
    _ = try succeed([
      "states", "--model", Fixtures.path("parity/llava-tiny"), "--inputs", inputs, "--out", out,
    ])
    let found = try #require(SafetensorsFile(contentsOf: out).tensors["hidden.3"]).floats()
    let expected = try SafetensorsFile(
      contentsOf: Fixtures.path("parity/llava-tiny/expected.safetensors")
    ).tensors["hidden.3"]?.floats()
    let pairs = zip(found, try #require(expected))
    let largest = pairs.map { abs($1) }.max() ?? 1
    #expect((pairs.map { abs($0 - $1) }.max() ?? .infinity) / largest < 1e-4)
  }

  @Test func anIndexIsBuiltDescribedAndSearched() throws {
    let corpus = try folder.write(
      "a red boat on the sea\na white sheep on the grass\nthe moon shines at night\n",
      to: "corpus.txt")
    let index = "\(folder.path)/corpus.index"
    let plan = try succeed([
      "index", "build", "--model", "models/demo", "--corpus", corpus, "--out", index, "--plan",
    ])
    #expect(plan.contains("rows") && !FileManager.default.fileExists(atPath: index))
    _ = try succeed([
      "index", "build", "--model", "models/demo", "--corpus", corpus, "--out", index, "--dtype",
      "bf16",
    ])
    #expect(try succeed(["index", "info", index]).contains("bf16"))
    let states = "\(folder.path)/states.safetensors"
    _ = try succeed([
      "states", "--model", "models/demo", "--text", "a red boat on the sea", "--layers", "2",
      "--out", states,
    ])
    let found = try succeed([
      "search", "--index", index, "--queries", states, "--top-k", "2", "--layers", "2",
    ])
    let root = try JSONNode(parsing: Array(found.utf8), file: "output")
    let rows = try root.required("neighbors").elements()
    // The token after BOS and "a" and "red" is in the index, and is its own nearest neighbour.
    let nearest = try #require(try rows[3].elements().first)
    #expect(try nearest.required("similarity").number() > 0.99)
    #expect(try nearest.required("sentence").string() == "a red boat on the sea")
    // The plainest search finds the same rows, over one layer and over all.
    for layers in ["2", "all", "-1"] {
      let search = [
        "search", "--index", index, "--queries", states, "--top-k", "2", "--layers", layers,
      ]
      let fast = try Self.neighbors(succeed(search))
      let plain = try Self.neighbors(succeed(search + ["--exhaustive"]))
      #expect(fast.map(\.place) == plain.map(\.place) && !fast.isEmpty)
      for (left, right) in zip(fast, plain) {
        #expect(abs(left.similarity - right.similarity) < 1e-5)
      }
    }
  }

  /// Every token of a text, looked for at the layers that are asked for: as its states would be.
  @Test func aTextIsLookedForInAnIndex() throws {
    let corpus = try folder.write(
      "a red boat on the sea\na white sheep on the grass\n", to: "corpus.txt")
    let index = "\(folder.path)/corpus.index"
    let model = Fixtures.path("lenses/checkpoint")
    _ = try succeed([
      "index", "build", "--model", model, "--corpus", corpus, "--out", index, "--layers", "1,2",
    ])
    let text = "a red boat on the sea"
    let search = [
      "search", "--index", index, "--model", model, "--text", text, "a sheep", "--at", "1,2",
      "--top-k", "2",
    ]
    let output = try succeed(search)
    let root = try JSONNode(parsing: Array(output.utf8), file: "output")
    let queries = try root.required("queries").elements()
    let found = try root.required("neighbors").elements()
    #expect(queries.count == found.count && !queries.isEmpty)
    var places: [String: [Int]] = [:]
    for (query, neighbors) in zip(queries, found) {
      let (own, layer) = try (
        query.required("text").string(), query.required("layer").integer()
      )
      let position = try query.required("position").integer()
      places["\(own) \(layer)", default: []].append(position)
      for neighbor in try neighbors.elements() {
        let word = try neighbor.required("word").string()
        let token = try neighbor.required("token").string().trimmingCharacters(in: .whitespaces)
        #expect(try neighbor.required("sentence").string().contains(word) && word.contains(token))
      }
      guard own == text, position > 1 else { continue }
      // A token of the corpus finds itself.
      let nearest = try #require(try neighbors.elements().first)
      #expect(try abs(nearest.required("similarity").number() - 1) < 1e-4)
      #expect(try nearest.required("contextual_layer").integer() == layer)
      #expect(try nearest.required("position").integer() == position)
      #expect(try nearest.required("sentence").string() == text)
      #expect(try nearest.required("token").value == query.required("token").value)
      #expect(try nearest.required("token_id").value == query.required("token_id").value)
    }
    #expect(places.count == 4 && places.values.allSatisfy { $0 == Array($0.indices) })
    let plain = try Self.neighbors(succeed(search + ["--exhaustive"]))
    #expect(try plain.map(\.place) == Self.neighbors(output).map(\.place))

    // The same states from a file find the same, with tokens and words only where there is a model.
    let states = "\(folder.path)/states.safetensors"
    _ = try succeed([
      "states", "--model", model, "--text", text, "--layers", "2", "--out", states,
    ])
    let replay = ["search", "--index", index, "--queries", states, "--top-k", "2"]
    for (arguments, hasWords) in [(replay, false), (replay + ["--model", model], true)] {
      let output = try succeed(arguments)
      let root = try JSONNode(parsing: Array(output.utf8), file: "output")
      let rows = try root.required("neighbors").elements()
      let own = try zip(queries, found).filter {
        try $0.0.required("text").string() == text && $0.0.required("layer").integer() == 2
      }
      #expect(rows.count == own.count && root["queries"] == nil)
      for (row, (_, expected)) in zip(rows, own) {
        for (neighbor, other) in zip(try row.elements(), try expected.elements()) {
          #expect(try neighbor.required("row").value == other.required("row").value)
          for key in ["token", "word"] {
            #expect(try neighbor.members().contains { $0.key == key })
            let value = hasWords ? other[key]?.value : JSONValue?.none
            #expect(neighbor[key]?.value == value)
          }
        }
      }
    }
  }

  private static func neighbors(_ output: String) throws -> [(place: [Int], similarity: Double)] {
    try JSONNode(parsing: Array(output.utf8), file: "output").required("neighbors").elements()
      .flatMap { try $0.elements() }.map { neighbor in
        let place = try ["contextual_layer", "row", "token_id", "position"].map {
          try neighbor.required($0).integer()
        }
        return (place, try neighbor.required("similarity").number())
      }
  }

  @Test func everyLensIsListedInTheHelp() throws {
    let help = try succeed(["interpret", "--help"])
    for lens in Lens.all { #expect(help.contains(lens.usage)) }
  }

  @Test func layersAreCountedFromTheEnd() throws {
    let out = "\(folder.path)/states.safetensors"
    for layers in [["--layers", "-1"], ["--layers=-1"], ["--layers", "-2--1"]] {
      _ = try succeed(
        ["states", "--model", "models/demo", "--text", "a red boat", "--out", out] + layers)
      let names = try SafetensorsFile(contentsOf: out).tensors.keys
      #expect(names.contains("hidden.8") && names.count == (layers.last == "-2--1" ? 2 : 1))
    }
  }

  @Test func severalImagesGoIntoOnePrompt() throws {
    let out = "\(folder.path)/states.safetensors"
    let images = ["models/demo/images/night.jpg", "models/demo/images/coast.jpg"]
    _ = try succeed([
      "states", "--model", "models/demo/model.json", "--image", images[0], images[1], "--prompt",
      "<im_start><image><im_end><im_start><image><im_end>", "--layers", "0", "--out", out,
    ])
    let tensors = try SafetensorsFile(contentsOf: out).tensors
    #expect(tensors["visual_positions"]?.integers().count == 288)
    let text = try succeed(
      ["generate", "--model", "models/demo/model.json", "--max-tokens", "3", "--image"] + images)
    #expect(!text.isEmpty)
  }

  @Test func anEncoderAloneSees() throws {
    let source = Fixtures.path("parity/siglip-tiny")
    let copy = "\(folder.path)/encoder"
    try FileManager.default.copyItem(atPath: source, toPath: copy)
    let side =
      try JSONNode(contentsOf: "\(source)/config.json")["image_size"]?.integer()
      ?? JSONNode(contentsOf: "\(source)/config.json").required("vision_config")
      .required("image_size").integer()
    _ = try folder.write(
      """
      {"image_processor_type": "SiglipImageProcessor", "size": {"height": \(side), "width": \(side)}}
      """, to: "encoder/preprocessor_config.json")
    let out = "\(folder.path)/states.safetensors"
    _ = try succeed([
      "states", "--model", copy, "--image", "models/demo/images/night.jpg", "--out", out,
    ])
    let names = Set(try SafetensorsFile(contentsOf: out).tensors.keys)
    #expect(names.contains("vision.0") && names.contains("vision.norm"))
  }

  @Test func aPlanReadsNoPixelsAndWritesNothing() throws {
    let out = "\(folder.path)/out"
    let plan = try succeed(["run", "models/demo/run.json", "--out", out, "--plan"])
    for word in ["rows", "disk", "memory", "time"] { #expect(plan.contains(word)) }
    // A picture of which no more is there than its header.
    let whole = try Fixtures.bytes("\(Fixtures.demo)/images/night.jpg")
    let image = try folder.write(Array(whole.prefix(2000)), to: "night.jpg")
    let interpret = [
      "interpret", "--model", "models/demo/model.json", "--image", image, "--lens", "logit",
      "--out",
      out,
    ]
    #expect(try succeed(interpret + ["--plan"]).contains("time"))
    #expect(try Tool.run(interpret).status == 1)
    #expect(folder.contents == ["night.jpg"])
  }

  @Test func generateCaptionsAsTransformersDoes() throws {
    let golden = try JSONNode(contentsOf: "\(Fixtures.demo)/golden/golden.json")
    let caption = try succeed([
      "generate", "--model", "models/demo/model.json", "--image", "models/demo/images/night.jpg",
      "--compute", "f32",
    ])
    #expect(caption == (try golden.required("caption").string()) + "\n")
  }

  @Test func theLocalCacheIsFound() throws {
    let repository = "\(folder.path)/hub/models--tiny--llama"
    let files = FileManager.default
    for name in ["refs", "blobs", "snapshots/abc123"] {
      try files.createDirectory(
        atPath: "\(repository)/\(name)", withIntermediateDirectories: true)
    }
    try Data("abc123\n".utf8).write(to: URL(fileURLWithPath: "\(repository)/refs/main"))
    for name in ["config.json", "model.safetensors"] {
      try files.copyItem(
        atPath: Fixtures.path("parity/llama-gqa/\(name)"), toPath: "\(repository)/blobs/\(name)")
      try files.createSymbolicLink(
        atPath: "\(repository)/snapshots/abc123/\(name)",
        withDestinationPath: "../../blobs/\(name)")
    }
    for environment in [
      ["HF_HUB_CACHE": "\(folder.path)/hub"], ["HF_HUB_CACHE": "", "HF_HOME": folder.path],
    ] {
      let outcome = try Tool.run(["check", "hf:tiny/llama"], environment: environment)
      #expect(outcome.status == 0 && outcome.output.contains("sound"), "\(outcome.complaint)")
    }
  }

  @Test func modelsListsEveryAdapter() throws {
    let table = try succeed(["models"])
    for name in [
      "llama", "qwen3", "clip_vision_model", "gated-mlp", "llava", "llava_next", "qwen2_5_vl",
      "molmo2", "models/demo/model.json", "models/llama-clip.json",
    ] {
      #expect(table.contains(name))
    }
    let json = try JSONNode(parsing: Array(succeed(["models", "--json"]).utf8), file: "output")
    let kinds = try json.required("adapters").elements().map { try $0.required("kind").string() }
    #expect(kinds.count { $0 != "image processor" } == 35)
  }

  /// A model of the paper, its parts in three repositories of the cache, one of them a file in a folder.
  @Test func partsAreFoundInTheLocalCache() throws {
    let files = FileManager.default
    func add(_ source: String, as name: String, in repository: String) throws {
      let root = "\(folder.path)/hub/models--\(repository)"
      let target = "\(root)/snapshots/abc/\(name)"
      for path in ["\(root)/refs", URL(fileURLWithPath: target).deletingLastPathComponent().path] {
        try files.createDirectory(atPath: path, withIntermediateDirectories: true)
      }
      try Data("abc".utf8).write(to: URL(fileURLWithPath: "\(root)/refs/main"))
      try files.copyItem(atPath: Fixtures.path("parity/\(source)"), toPath: target)
    }
    for name in ["config.json", "model.safetensors"] {
      try add("clip-tiny/\(name)", as: name, in: "tiny--clip")
      try add("llama-gqa/\(name)", as: name, in: "tiny--llama")
    }
    let manifest = try String(
      contentsOfFile: Fixtures.path("parity/paper-llama-clip/model.json"), encoding: .utf8
    )
    .replacingOccurrences(of: "../clip-tiny", with: "hf:tiny/clip")
    .replacingOccurrences(of: "../llama-gqa", with: "hf:tiny/llama")
    .replacingOccurrences(of: "\"connector.pt\"", with: "\"hf:us/all/one/connector.pt\"")
    let path = try folder.write(manifest, to: "model.json")
    let environment = ["HF_HUB_CACHE": "\(folder.path)/hub"]
    let missing = try Tool.run(["check", path], environment: environment)
    #expect(missing.status == 1)
    #expect(missing.complaint.contains("hf download us/all one/connector.pt"))
    try add("paper-llama-clip/connector.pt", as: "one/connector.pt", in: "us--all")
    let outcome = try Tool.run(["check", path], environment: environment)
    #expect(outcome.status == 0 && outcome.output.contains("sound"), "\(outcome.complaint)")
  }

  @Test func checkTellsTheNearestAdapter() throws {
    for (fixture, type, nearest) in [
      ("llama-gqa", "mistral", "decoder `llama`, which takes every tensor"),
      ("qwen3-tiny", "qwen9", "decoder `qwen3`"),
      ("siglip-tiny", "vit", "vision encoder `siglip_vision_model`"),
      ("molmo2-tiny", "molmo9", "whole VLM `molmo2`"),
    ] {
      let copy = "\(folder.path)/\(fixture)"
      try FileManager.default.copyItem(atPath: Fixtures.path("parity/\(fixture)"), toPath: copy)
      let config = URL(fileURLWithPath: "\(copy)/config.json")
      let text = try String(contentsOf: config, encoding: .utf8)
      let model = try JSONNode(contentsOf: config.path).required("model_type").string()
      try text.replacingOccurrences(
        of: "\"model_type\": \"\(model)\"", with: "\"model_type\": \"\(type)\""
      ).write(to: config, atomically: true, encoding: .utf8)
      let outcome = try Tool.run(["check", copy])
      #expect(outcome.status != 0)
      #expect(outcome.complaint.contains("`\(type)` has no adapter here"), "\(outcome.complaint)")
      #expect(outcome.complaint.contains(nearest), "\(outcome.complaint)")
    }
  }

  /// A lens whose translators change layers 0 and 3 reads these otherwise than LogitLens, and no other.
  @Test func aTunedLensIsReadFromItsFolder() throws {
    let (width, blocks) = (128, 8)
    _ = try folder.write(
      """
      {"base_model_name_or_path": "demo", "d_model": \(width), "num_hidden_layers": \(blocks),
       "bias": true, "lens_type": "linear_tuned_lens"}
      """, to: "config.json")
    let writer = try SafetensorsWriter(
      path: "\(folder.path)/params.safetensors",
      tensors: (0..<blocks).flatMap {
        [.init("\($0).weight", .f32, [width, width]), .init("\($0).bias", .f32, [width])]
      })
    for block in 0..<blocks {
      try writer.write([Float](repeating: 0, count: width * width))
      try writer.write((0..<width).map { [0, 3].contains(block) ? Float($0 % 7) - 3 : 0 })
    }
    try writer.finish()
    let out = "\(folder.path)/out"
    _ = try succeed([
      "interpret", "--model", "models/demo/model.json", "--image", "models/demo/images/night.jpg",
      "--lens", "logit,tuned=\(folder.path)", "--layers", "connector,0-8,norm", "--out", out,
      "--quiet",
    ])
    let results = try JSONNode(contentsOf: "\(out)/results.json")
    let schema = try JSONSchema(
      contentsOf: "\(Fixtures.repository)/models/schema/results.schema.json")
    #expect(try schema.problems(of: results.value).isEmpty)
    let model = try #require(try results.required("models").elements().first)
    let lenses = try model.required("lenses").elements()
    #expect(try lenses.map { try $0.required("title").string() } == ["LogitLens", "TunedLens"])
    let checks = try model.required("checks").elements()
    #expect(try checks.count == 2 && checks.allSatisfy { try $0.required("passed").bool() })
    let image = try #require(try model.required("images").elements().first)
    let readings = try image.required("readings").elements()
    var changed: [JSONValue] = []
    for plain in readings where try plain.required("lens").string() == "logit" {
      let layer = try plain.required("layer").value
      let tuned = try #require(
        try readings.first {
          try $0.required("lens").string() == "tuned" && $0.required("layer").value == layer
        })
      let same = try ["entry", "logit", "probability", "norm"].allSatisfy {
        try plain.required($0).value == tuned.required($0).value
      }
      if !same { changed.append(layer) }
    }
    #expect(changed == ["connector", 0, 3])
  }

  @Test func checkAndVerifyApproveTheDemo() throws {
    #expect(try succeed(["check", "models/demo", "models/demo/run.json"]).contains("sound"))
    let report = try succeed([
      "verify", "--model", "models/demo/model.json", "--golden", "models/demo/golden",
    ])
    #expect(report.contains("pixels") && report.contains("all hold"))
  }

  @Test func theMainJobGivesTheSameBytesForAnyNumberOfThreads() throws {
    var runs: [[UInt8]] = []
    for threads in ["1", "3"] {
      let out = "\(folder.path)/out-\(threads)"
      _ = try succeed(["run", "models/demo/run.json", "--out", out, "--threads", threads])
      runs.append(try Fixtures.bytes("\(out)/results.json"))
      // What stands in parts is loaded from beside the report, and only where there are any.
      let report = String(decoding: try Fixtures.bytes("\(out)/report.html"), as: UTF8.self)
        .replacingOccurrences(of: "await fetch(`${Parts.folder}/${file}`)", with: "")
      #expect(!report.contains("http://") || report.contains("http://www.w3.org/2000/svg"))
      for asked in ["src=\"http", "href=\"http", "@import", "fetch(", "XMLHttpRequest"] {
        #expect(!report.contains(asked), "the report asks for the network: \(asked)")
      }
    }
    #expect(runs[0] == runs[1])
  }
}
