import Foundation
import LatentLensFormats
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// Bad input: one helpful line, exit status 1, and nothing half written.
@Suite struct BadInputTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Expects a failure of one line that holds some words, and returns it.
  @discardableResult
  private func fail(_ arguments: [String], input: String = "", saying words: String...) throws
    -> String
  {
    let outcome = try Tool.run(arguments, input: input)
    #expect(outcome.status == 1, "\(arguments): \(outcome.complaint)")
    #expect(outcome.complaint.hasPrefix("latentlens: "))
    #expect(outcome.complaint.split(separator: "\n").count == 1, "\(outcome.complaint)")
    for word in words {
      #expect(outcome.complaint.contains(word), "\(word) is not in: \(outcome.complaint)")
    }
    return outcome.complaint
  }

  /// A copy of a fixture's checkpoint, in which a file can be spoilt.
  private func checkpoint(_ fixture: String = "parity/llama-gqa") throws -> String {
    let path = "\(folder.path)/checkpoint"
    try? FileManager.default.removeItem(atPath: path)
    try FileManager.default.copyItem(atPath: Fixtures.path(fixture), toPath: path)
    return path
  }

  private func states(_ model: String) -> [String] {
    [
      "states", "--model", model, "--inputs",
      Fixtures.path("parity/llama-gqa/inputs.safetensors"), "--out", "\(folder.path)/out.st",
    ]
  }

  @Test func wrongUsageHasItsOwnStatus() throws {
    for arguments in [
      ["nonsense"], ["run"], ["run", "--frobnicate", "x"], ["states", "--model", "models/demo"],
      ["search", "--index", "x", "--queries", "y", "--top-k", "0"],
      ["search", "--index", "x", "--top-k", "1"],
      ["search", "--index", "x", "--top-k", "1", "--text", "t"],
      ["search", "--index", "x", "--top-k", "1", "--queries", "y", "--at", "1"],
      ["search", "--index", "x", "--top-k", "1", "--queries", "y", "--model", "m", "--text", "t"],
      ["interpret", "--model", "m", "--out", "o"],
      ["tokenize", "--model", "models/demo", "--threads", "0"],
      ["tokenize", "--model", "models/demo", "--threads", "9223372036854775807"],
      ["interpret", "--model", "m", "--image", "i", "--out", "o", "--lens", "nonsense"],
      ["interpret", "--model", "m", "--image", "i", "--out", "o", "--lens", "logit=path"],
      ["interpret", "--model", "m", "--image", "i", "--out", "o", "--lens", "tuned"],
      ["interpret", "--model", "m", "--image", "i", "--out", "o", "--layers", "first"],
      ["interpret", "--model", "m", "--image", "i", "--out", "o", "--tokens", "some"],
      ["index", "build", "--model", "m", "--corpus", "c", "--out", "o", "--dtype", "f99"],
      ["evaluate"], ["evaluate", "r", "--threshold", "0"], ["evaluate", "r", "--threshold", "1.1"],
      ["evaluate", "r", "s", "--out", "o"],
    ] {
      #expect(try Tool.run(arguments).status == 64, "\(arguments)")
    }
  }

  @Test func nothingThereIsNamed() throws {
    try fail(["run", "nowhere/run.json"], saying: "nowhere/run.json", "no such file")
    try fail(["check", "nowhere"], saying: "nowhere")
    try fail(states("nowhere"), saying: "nowhere")
    try fail(states("hf:nobody/nothing"), saying: "hf download nobody/nothing")
    try fail(["index", "info", "nowhere"], saying: "nowhere/index.json")
    try fail(["evaluate", "nowhere"], saying: "nowhere/results.json", "no such file")
  }

  @Test func aSpoiltCheckpointIsNamed() throws {
    let path = try checkpoint()
    let weights = try Fixtures.bytes("\(path)/model.safetensors")
    for count in [0, 5, 100, weights.count - 1] {
      try Data(weights.prefix(count)).write(to: URL(fileURLWithPath: "\(path)/model.safetensors"))
      try fail(states(path), saying: "model.safetensors")
    }
    #expect(folder.contents == ["checkpoint"])
  }

  @Test func aConfigurationThatLacksAKeyIsNamed() throws {
    let path = try checkpoint()
    try Data("{\"hidden_size\": 48}".utf8).write(to: URL(fileURLWithPath: "\(path)/config.json"))
    try fail(states(path), saying: "config.json", "model_type")
    try Data("{\"model_type\": \"mamba\"}".utf8).write(
      to: URL(fileURLWithPath: "\(path)/config.json"))
    try fail(states(path), saying: "mamba", "llama")
    try Data("{\"model_type\": \"llama\", \"hidden_size\": \"big\"}".utf8).write(
      to: URL(fileURLWithPath: "\(path)/config.json"))
    try fail(states(path), saying: "config.json: hidden_size", "whole number")
    try Data("{\"model_type\": \"llama\", \"hidden_size\": 48, \"num_attention_heads\": 0}".utf8)
      .write(to: URL(fileURLWithPath: "\(path)/config.json"))
    try fail(states(path), saying: "num_attention_heads")
  }

  @Test func weightsThatDoNotFitAreListedAtOnce() throws {
    let path = try checkpoint()
    let config = String(
      decoding: try Fixtures.bytes("\(path)/config.json"), as: UTF8.self
    ).replacingOccurrences(of: "\"num_hidden_layers\": 3", with: "\"num_hidden_layers\": 4")
      .replacingOccurrences(of: "\"intermediate_size\": 85", with: "\"intermediate_size\": 84")
    try Data(config.utf8).write(to: URL(fileURLWithPath: "\(path)/config.json"))
    try fail(states(path), saying: "tensors do not fit")
    let check = try Tool.run(["check", path])
    #expect(check.status == 1)
    #expect(check.output.contains("`model.layers.3.self_attn.q_proj.weight` [72, 48] is missing"))
    #expect(
      check.output.contains(
        "`model.layers.0.mlp.down_proj.weight` has the shape [48, 85], expected [48, 84]"))
  }

  /// What stands beside the pixels is missing, or belongs to another picture.
  @Test func inputsThatDoNotBelongTogetherAreNamed() throws {
    let cases: [(String, without: String, with: (String, [Int64])?, saying: String)] = [
      ("qwen2-vl-tiny", "image_grid_thw", nil, "needs image_grid_thw"),
      ("qwen2-vl-tiny", "image_grid_thw", ("image_grid_thw", [1, 5, 12]), "merged 2 by 2"),
      ("qwen2-vl-tiny", "image_grid_thw", ("image_grid_thw", [1, 4, 4]), "is not 60 patches"),
      ("qwen2-vl-tiny", "image_grid_thw", ("image_grid_thw", [2, 6, 10]), "only pictures"),
      ("molmo-tiny", "image_grids", ("image_grids", [4, 4, 9, 9]), "no whole picture"),
      ("molmo-tiny", "image_grids", nil, "no whole picture"),
      ("llava-next-tall", "image_sizes", ("image_sizes", [9, 9]), "placeholders"),
      ("llava-next-tall", "image_sizes", ("image_sizes", [9, 900]), "crops"),
      ("llava-next-tall", "image_sizes", nil, "image_sizes"),
    ]
    for (fixture, without, with, words) in cases {
      let source = Fixtures.path("parity/\(fixture)")
      let kept = try SafetensorsFile(contentsOf: "\(source)/inputs.safetensors").tensors
        .filter { $0.key != without }.sorted { $0.key < $1.key }.map(\.value)
      let path = "\(folder.path)/inputs.safetensors"
      let writer = try SafetensorsWriter(
        path: path,
        tensors: kept.map { .init($0.name, $0.encoding, $0.shape) }
          + (with.map { [.init($0.0, .i64, [1, $0.1.count])] } ?? []))
      for tensor in kept { try writer.write(tensor.bytes(0..<tensor.byteCount)) }
      if let with { try writer.write(with.1) }
      try writer.finish()
      try fail(
        ["states", "--model", source, "--inputs", path, "--out", "\(folder.path)/out"],
        saying: path, words)
    }
    #expect(folder.contents == ["inputs.safetensors"])
  }

  @Test func anUnknownTokenizerIsNamed() throws {
    let file = "\(try checkpoint())/tokenizer.json"
    for text in ["", "{}", "{\"model\": {\"type\": \"Unigram\"}}"] {
      try Data(text.utf8).write(to: URL(fileURLWithPath: file))
      try fail(
        ["tokenize", "--model", "\(folder.path)/checkpoint"], input: "{\"text\": \"a\"}\n",
        saying: "tokenizer.json")
    }
  }

  @Test func badLinesAreNamedByNumber() throws {
    try fail(
      ["tokenize", "--model", "models/demo"], input: "{\"text\": \"a\"}\nnonsense\n",
      saying: "line 2")
    try fail(
      ["tokenize", "--model", "models/demo"], input: "{\"words\": 3}\n", saying: "line 1", "text")
    try fail(
      ["tokenize", "--model", "models/demo", "--decode"], input: "{\"ids\": [99999999]}\n",
      saying: "99999999")
  }

  @Test func badImagesAreNamed() throws {
    let out = "\(folder.path)/pixels.safetensors"
    for (bytes, word) in [([], "empty"), (Array("text".utf8), "no PNG")] as [([UInt8], String)] {
      let image = try folder.write(bytes, to: "image.png")
      try fail(
        ["preprocess", "--model", "models/demo", "--image", image, "--out", out],
        saying: "image.png", word)
    }
    #expect(folder.contents == ["image.png"])
  }

  @Test func aCorpusThatIsNotUTF8IsNamedWithItsPlace() throws {
    let corpus = try folder.write(Array("good line\n".utf8) + [0xFF, 0xFE], to: "corpus.txt")
    let out = "\(folder.path)/index"
    try fail(
      ["index", "build", "--model", "models/demo", "--corpus", corpus, "--out", out],
      saying: "corpus.txt", "UTF-8", "byte 10")
    let empty = try folder.write("", to: "corpus.txt")
    try fail(
      ["index", "build", "--model", "models/demo", "--corpus", empty, "--out", out],
      saying: "no sentence")
    #expect(folder.contents == ["corpus.txt"])
  }

  @Test func anOutputThatCannotBeWrittenIsNamed() throws {
    let file = try folder.write("in the way", to: "file")
    try fail(["run", "models/demo/run.json", "--out", "\(file)/out"], saying: "\(file)/out")
    try fail(
      [
        "states", "--model", "models/demo", "--text", "a", "--out", "\(folder.path)/no/states.st",
      ], saying: "no/states.st")
    try fail(["run", "models/demo/run.json", "--out", file], saying: file, "is a file")
    try fail(
      ["index", "build", "--model", "models/demo", "--corpus", file, "--out", file],
      saying: file, "is a file, where a folder")
    try fail(
      ["index", "build", "--model", "models/demo", "--corpus", file, "--out", "\(file)/in/dex"],
      saying: "\(file)/in/dex", "is a file")
    #expect(folder.contents == ["file"])
  }

  /// A run or a comparison that fails has not begun, as far as anybody can see.
  @Test func whatFailsLeavesNothingBehind() throws {
    let broken = try folder.write("no picture", to: "broken.png")
    let interpret = [
      "interpret", "--model", "models/demo/model.json", "--lens", "logit", "--out",
      "\(folder.path)/new/out", "--image", "models/demo/images/night.jpg",
    ]
    try fail(interpret + [broken], saying: "broken.png")
    try fail(interpret + ["--layers", "99"], saying: "layer 99")
    try fail(interpret + ["--prompt", "no place for it"], saying: "<image>")
    try fail(interpret + ["--lens", "latent", "--index", "\(folder.path)/none"], saying: "none")
    try fail(
      interpret + ["--lens", "tuned=nowhere"], saying: "nowhere/config.json", "no such file")
    let narrow = Fixtures.path("tunedlens/lenses/lens")
    try fail(
      interpret + ["--lens", "tuned=\(narrow)"], saying: "\(narrow)/config.json: d_model: ", "128")
    let manifest = try folder.write(
      """
      {"name": "x", "models": ["\(Fixtures.demo)/model.json", "\(folder.path)/no-model"],
       "images": ["\(Fixtures.demo)/images/night.jpg"], "index": {"corpus": "\(Fixtures.demo)/corpus.txt"}}
      """, to: "run.json")
    try fail(["run", manifest, "--out", "\(folder.path)/new/out"], saying: "no-model")
    let results = try folder.write(
      "{\"schema\": \"latentlens.results\", \"version\": 1}", to: "results.json")
    try fail(
      ["compare", folder.path, folder.path, "--out", "\(folder.path)/new/both"], saying: results,
      "version", "run it again")
    #expect(folder.contents == ["broken.png", "results.json", "run.json"])
  }

  /// Whoever reads the results of weights that do not do what they should has to know.
  @Test func aSelfCheckThatDoesNotHoldIsToldAndEndsInFailure() throws {
    let corpus = try folder.write("the moon shines at night\na red boat\n", to: "corpus.txt")
    let index = "\(folder.path)/index"
    let built = try Tool.run([
      "index", "build", "--model", "models/demo", "--corpus", corpus, "--out", index, "--layers",
      "4",
    ])
    #expect(built.status == 0, "\(built.complaint)")
    // The rows of the layer are turned round: tokens no longer find themselves.
    let path = "\(index)/layer-04.safetensors"
    let rows = try #require(try SafetensorsFile(contentsOf: path).tensors["embeddings"])
    let writer = try SafetensorsWriter(
      path: path, tensors: [.init("embeddings", .f32, rows.shape)])
    try writer.write(Array(rows.floats().reversed()))
    try writer.finish()
    let out = "\(folder.path)/out"
    let complaint = try fail(
      [
        "interpret", "--model", "models/demo/model.json", "--image", "models/demo/images/night.jpg",
        "--lens", "latent", "--index", index, "--layers", "4", "--out", out, "--quiet",
      ], saying: "self-checks", "finds itself", "demo")
    #expect(!complaint.contains("LogitLens"))
    #expect(PathKind(of: "\(out)/report.html") == .file)
  }

  @Test func textsThatCannotBeReadAreRefused() throws {
    let decoder = Fixtures.path("lenses/checkpoint")
    let interpret = [
      "interpret", "--model", decoder, "--lens", "logit", "--out", "\(folder.path)/new/out",
      "--text",
    ]
    try fail(interpret + [""], saying: "nothing to read")
    try fail(interpret + ["the moon", "--prompt", "p"], saying: "prompt", "images")
    try fail(interpret + ["the moon", "--tokens", "all"], saying: "`tokens`", "image")
    try fail(interpret + ["the moon", "--layers", "connector"], saying: "connector", "visual")
    try fail(
      interpret + ["the moon", "--image", "models/demo/images/night.jpg"], saying: decoder,
      "vision-language")
    try fail(
      interpret + [String(repeating: "moon ", count: 200)], saying: decoder, "at most 128")
    #expect(folder.contents.isEmpty)
  }

  @Test func manifestsAreHeldToTheirKeys() throws {
    let run = try folder.write(
      "{\"name\": \"x\", \"models\": [\"m.json\"], \"images\": [], \"lens\": [\"logit\"]}",
      to: "run.json")
    try fail(["run", run], saying: "run.json: lens", "lenses")
    let model = try folder.write("{\"name\": \"x\", \"checkpoint\": 3}", to: "model.json")
    try fail(["check", model], saying: "model.json: checkpoint", "a string")
    let variable = try folder.write(
      "{\"name\": \"x\", \"checkpoint\": \"${LATENTLENS_UNSET}/m\"}", to: "model.json")
    try fail(["check", variable], saying: "LATENTLENS_UNSET")
  }

  @Test func anIndexOfAnotherDecoderIsRefused() throws {
    let corpus = try folder.write("the moon shines at night\n", to: "corpus.txt")
    let index = "\(folder.path)/other.index"
    let other = Fixtures.path("lenses/checkpoint")
    let built = try Tool.run([
      "index", "build", "--model", other, "--corpus", corpus, "--out", index,
    ])
    #expect(built.status == 0, "\(built.complaint)")
    try fail(
      [
        "interpret", "--model", "models/demo/model.json", "--image",
        "models/demo/images/night.jpg", "--index", index, "--out", "\(folder.path)/out",
      ], saying: "other.index", "width")
    let search = ["search", "--index", index, "--top-k", "1", "--text", "the moon", "--model"]
    try fail(search + ["models/demo/model.json"], saying: "other.index", "width")
    try fail(search + [other, "--at", "99"], saying: "layer 99")
    try fail(search + [other, "--layers", "99"], saying: "other.index", "layers")
  }
}
