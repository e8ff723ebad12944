import Foundation
import LatentLensFormats
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// Files that nobody would write: one line that names the file, and neither a crash nor a wait.
@Suite struct HostileFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func fail(_ arguments: [String], input: String = "", saying words: String...) throws {
    let outcome = try Tool.run(arguments, input: input)
    #expect(outcome.status == 1, "\(arguments): \(outcome.complaint)")
    #expect(outcome.complaint.split(separator: "\n").count == 1, "\(outcome.complaint)")
    for word in words {
      #expect(outcome.complaint.contains(word), "\(word) is not in: \(outcome.complaint)")
    }
  }

  private func copy(_ source: String) throws -> String {
    let path = "\(folder.path)/copy"
    try FileManager.default.copyItem(atPath: source, toPath: path)
    return path
  }

  private func index() throws -> String {
    let path = "\(folder.path)/index"
    let corpus = try folder.write("the moon shines at night\na red boat\n", to: "corpus.txt")
    let built = try Tool.run([
      "index", "build", "--model", "models/demo", "--corpus", corpus, "--out", path, "--layers",
      "1,4",
    ])
    #expect(built.status == 0, "\(built.complaint)")
    return path
  }

  // MARK: Pipes, and what takes too long

  @Test func nobodyWaitsForAPipe() throws {
    let pipe = "\(folder.path)/pipe"
    #expect(unsafe mkfifo(pipe, 0o600) == 0)
    let (index, out) = (try index(), "\(folder.path)/out")
    let ask = ["search", "--index", index, "--top-k", "1", "--queries", pipe]
    try fail(ask, saying: pipe, "no regular file")
    try fail(["check", pipe], saying: pipe)
    try fail(["run", pipe, "--out", out], saying: pipe, "a pipe")
    try fail(
      ["preprocess", "--model", "models/demo", "--image", pipe, "--out", out], saying: pipe)
    let model = try copy(Fixtures.path("parity/llama-gqa"))
    for name in ["config.json", "model.safetensors"] {
      let file = "\(model)/\(name)"
      let sound = try Fixtures.bytes(file)
      try FileManager.default.removeItem(atPath: file)
      #expect(unsafe mkfifo(file, 0o600) == 0)
      try fail(["check", model], saying: name)
      try FileManager.default.removeItem(atPath: file)
      try Data(sound).write(to: URL(fileURLWithPath: file))
    }
  }

  @Test func aPatternOfManyStarsIsMatchedInTime() throws {
    _ = try folder.write("x", to: String(repeating: "a", count: 60) + ".png")
    let pattern = "\(folder.path)/" + String(repeating: "*a", count: 28) + "*b"
    try fail(
      [
        "interpret", "--model", "models/demo", "--image", pattern, "--lens", "logit", "--out",
        "\(folder.path)/out",
      ], saying: "no file matches")
  }

  @Test func aTokenizerThatWouldGoOnForeverDoesNot() throws {
    let model = try copy(Fixtures.demo)
    let file = "\(model)/tokenizer.json"
    guard case .object(var tokenizer) = try JSONNode(contentsOf: file).value else { return }
    tokenizer["decoder"] = [
      "type": "Strip", "content": " ", "start": 4_611_686_018_427_387_904, "stop": 0,
    ]
    try Data(JSONValue.object(tokenizer).text().utf8).write(to: URL(fileURLWithPath: file))
    let decoded = try Tool.run(
      ["tokenize", "--model", model, "--decode"], input: "{\"ids\": [5]}\n")
    #expect(decoded.status == 0, "\(decoded.complaint)")
    let twice: JSONValue = ["type": "Replace", "pattern": ["String": "a"], "content": "aa"]
    tokenizer["normalizer"] = [
      "type": "Sequence", "normalizers": .array(Array(repeating: twice, count: 60)),
    ]
    try Data(JSONValue.object(tokenizer).text().utf8).write(to: URL(fileURLWithPath: file))
    try fail(
      ["tokenize", "--model", model], input: "{\"text\": \"a\"}\n",
      saying: "\(file): normalizer", "times as long")
  }

  @Test func textThatIsNotUTF8IsNoText() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Tool.path)
    process.arguments = ["tokenize", "--model", "\(Fixtures.demo)"]
    let (input, complaint) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = FileHandle.nullDevice
    process.standardError = complaint
    try process.run()
    try input.fileHandleForWriting.write(
      contentsOf: Data("{\"text\": \"a\"}\n{\"text\": \"b".utf8) + Data([0xFF]) + Data("\"}\n".utf8)
    )
    try input.fileHandleForWriting.close()
    let told = String(
      decoding: complaint.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 1)
    #expect(told.contains("standard input, line 2: not valid JSON at byte 11: no UTF-8"), "\(told)")
  }

  // MARK: Tokens, rows and numbers that are none

  @Test func aTokenBeyondTheEmbeddingIsNamed() throws {
    let model = try copy(Fixtures.path("lenses/checkpoint"))
    let file = "\(model)/tokenizer.json"
    guard case .object(var tokenizer) = try JSONNode(contentsOf: file).value,
      case .array(let added)? = tokenizer["added_tokens"]
    else { return }
    tokenizer["added_tokens"] = .array(
      added + [["id": 70_000, "content": "moon", "normalized": false, "special": false]])
    try Data(JSONValue.object(tokenizer).text().utf8).write(to: URL(fileURLWithPath: file))
    let corpus = try folder.write("a red boat\nthe moon shines at night\n", to: "corpus.txt")
    let out = "\(folder.path)/index"
    try fail(
      ["index", "build", "--model", model, "--corpus", corpus, "--out", out],
      saying: corpus, "sentence 2", model, "embeddings")
    try fail(
      ["states", "--model", model, "--text", "the moon", "--out", out], saying: model, "vocabulary")
    let inputs = "\(folder.path)/inputs.safetensors"
    let writer = try SafetensorsWriter(path: inputs, tensors: [.init("token_ids", .i64, [2])])
    try writer.write([3, 70_000] as [Int64])
    try writer.finish()
    try fail(
      ["states", "--model", model, "--inputs", inputs, "--out", out],
      saying: inputs, "70000", "place 1")
  }

  @Test func anIndexThatSaysWhatCannotBeIsRefused() throws {
    let index = try index()
    let file = "\(index)/index.json"
    let sound = String(decoding: try Fixtures.bytes(file), as: UTF8.self)
    guard case .object(let description) = try JSONNode(contentsOf: file).value else { return }
    for (key, value) in [
      ("files", []), ("layers", []), ("layers", [1, 1]), ("layers", [4, 1]),
      ("layers", [-9_000_000_000_000_000_000]), ("rows", -1), ("rows", 9_000_000_000_000_000_000),
      ("hidden_size", 9_000_000_000_000_000_000),
      ("rules", ["first_position": -3, "max_contexts": 50, "max_tokens": 512]),
      ("part", ["number": 1, "count": 9_000_000_000_000_000_000]),
    ] as [(String, JSONValue)] {
      var changed = description
      changed[key] = value
      try Data(JSONValue.object(changed).text().utf8).write(to: URL(fileURLWithPath: file))
      for command in ["info", "verify"] {
        try fail(["index", command, index], saying: "\(file): \(key)")
      }
    }
    try Data(sound.utf8).write(to: URL(fileURLWithPath: file))
    #expect(try Tool.run(["index", "verify", index]).status == 0)
  }

  /// Even where every checksum is right.
  @Test func anIndexOfNoNumbersIsToldAndFindsNothing() throws {
    let index = try index()
    let path = "\(index)/layer-04.safetensors"
    let rows = try #require(try SafetensorsFile(contentsOf: path).tensors["embeddings"])
    var values = rows.floats()
    values[rows.shape[1] + 3] = .nan
    let writer = try SafetensorsWriter(
      path: path, tensors: [.init("embeddings", .f32, rows.shape)])
    try writer.write(values)
    try writer.finish()
    let file = "\(index)/index.json"
    let digest = try SHA256.digest(ofFile: path)
    guard case .object(var description) = try JSONNode(contentsOf: file).value else { return }
    let files = try JSONNode(contentsOf: file).required("files").elements().map {
      record -> JSONValue in
      guard case .object(var object) = record.value,
        object["name"] == "layer-04.safetensors"
      else { return record.value }
      object["sha256"] = .string(digest)
      return .object(object)
    }
    description["files"] = .array(files)
    try Data(JSONValue.object(description).text().utf8).write(to: URL(fileURLWithPath: file))
    try fail(["index", "verify", index], saying: path, "row 1", "NaN")
    try fail(
      [
        "search", "--index", index, "--model", "models/demo", "--text", "the moon", "--top-k",
        "1000",
      ], saying: index, "index verify")
  }

  @Test func weightsThatAreNoNumbersAreNamedWhereTheyCount() throws {
    let model = try copy(Fixtures.demo)
    let file = "\(model)/model.safetensors"
    let sound = try SafetensorsFile(contentsOf: file).tensors
    let out = "\(folder.path)/out"
    let corpus = try folder.write("the moon shines at night\na red boat\n", to: "corpus.txt")
    func spoil(_ name: String) throws {
      let writer = try SafetensorsWriter(
        path: file, tensors: sound.map { .init($0.key, .f32, $0.value.shape) })
      for (key, weight) in sound {
        var values = weight.floats()
        if key.contains(name) { values[0] = .nan }
        try writer.write(values)
      }
      try writer.finish()
    }
    let interpret = [
      "interpret", "--model", "\(model)/model.json", "--out", out, "--image",
      "models/demo/images/night.jpg", "--lens", "logit",
    ]
    let generate = [
      "generate", "--model", "\(model)/model.json", "--image",
      "models/demo/images/night.jpg",
    ]
    let verify = ["verify", "--model", "\(model)/model.json"]
    try spoil("lm_head")
    // What a model would say comes before what is read of it, where it says anything.
    try fail(interpret, saying: "\(model)/model.json", "logits", "NaN")
    let night = URL(filePath: "models/demo/images/night.jpg").path()
    let silent = try folder.write(
      """
      {"name": "silent", "models": ["\(model)/model.json"], "images": ["\(night)"], "lenses": ["logit"],
       "captions": false}
      """, to: "silent.json")
    try fail(
      ["run", silent, "--out", out], saying: "\(model)/model.json", "LogitLens",
      "layer connector", "NaN")
    try fail(generate, saying: "\(model)/model.json", "logits")
    #expect(try Tool.run(verify).output.contains("logits has a NaN at token 0"))
    try spoil("class_embedding")
    let verified = try Tool.run(verify)
    #expect(verified.status == 1 && verified.output.contains("vision.0 has a NaN at token 0"))
    try spoil("layers.3.mlp.down_proj")
    try fail(generate, saying: "\(model)/model.json", "hidden.4 has a NaN at token 0")
    try fail(
      ["index", "build", "--model", model, "--corpus", corpus, "--out", out],
      saying: model, "hidden.4", "sentence", "token 2")
    #expect(folder.contents.filter { $0.hasPrefix("out") }.isEmpty)
  }
}
