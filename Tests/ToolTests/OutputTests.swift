import Foundation
import LatentLensFormats
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// What stands where something is to be written: what others have made is never touched, and what is read
/// neither.
@Suite struct OutputTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  private func states(_ out: String, model: String = "models/demo") -> [String] {
    ["states", "--model", model, "--text", "a", "--layers", "0", "--out", out]
  }

  private func interpret(_ out: String, _ more: String...) -> [String] {
    [
      "interpret", "--model", "models/demo/model.json", "--image", "models/demo/images/night.jpg",
      "--lens", "logit", "--layers", "4", "--quiet", "--out", out,
    ] + more
  }

  private func succeed(_ arguments: [String]) throws {
    let outcome = try Tool.run(arguments)
    #expect(outcome.status == 0, "\(arguments): \(outcome.complaint)")
  }

  /// Expects one line, and that a file is what it was.
  private func refuse(
    _ arguments: [String], saying words: String, keeping file: String? = nil
  ) throws {
    let before = try file.map(Fixtures.bytes)
    let outcome = try Tool.run(arguments)
    #expect(outcome.status == 1, "\(arguments)")
    #expect(outcome.complaint.split(separator: "\n").count == 1, "\(outcome.complaint)")
    #expect(outcome.complaint.contains(words), "\(words) is not in: \(outcome.complaint)")
    #expect(try file.map(Fixtures.bytes) == before)
  }

  @Test func aCheckpointIsNoOutput() throws {
    let copy = path("checkpoint")
    try FileManager.default.copyItem(
      atPath: Fixtures.path("parity/llama-gqa"), toPath: copy)
    let weights = "\(copy)/model.safetensors"
    let replay = [
      "states", "--model", copy, "--inputs", "\(copy)/inputs.safetensors", "--out",
    ]
    for overwrite in [[], ["--overwrite"]] {
      try refuse(
        replay + [weights] + overwrite, saying: "nothing that this program has made",
        keeping: weights)
      try refuse(
        replay + ["\(copy)/inputs.safetensors"] + overwrite, saying: "is read itself",
        keeping: "\(copy)/inputs.safetensors")
    }
  }

  @Test func neitherPipesNorDevicesAreReplaced() throws {
    #expect(unsafe mkfifo(path("pipe"), 0o644) == 0)
    for out in [path("pipe"), "/dev/null"] {
      try refuse(states(out), saying: "is no regular file")
      var status = stat()
      #expect(unsafe stat(out, &status) == 0 && status.st_mode & S_IFMT != S_IFREG)
    }
    try refuse(states(folder.path), saying: "is a folder")
    #expect(folder.contents == ["pipe"])
  }

  @Test func filesAreReplacedByWhatMadeThem() throws {
    let out = path("out.safetensors")
    let preprocess = [
      "preprocess", "--model", "models/demo", "--image", "models/demo/images/night.jpg", "--out",
      out,
    ]
    try succeed(states(out))
    let first = try Fixtures.bytes(out)
    try succeed(states(out))
    #expect(try Fixtures.bytes(out) == first)
    try refuse(preprocess, saying: "--overwrite", keeping: out)
    try succeed(preprocess + ["--overwrite"])
    #expect(try SafetensorsFile(contentsOf: out).tensors["pixel_values"] != nil)
    _ = try folder.write("notes", to: "notes.txt")
    try refuse(states(path("notes.txt")), saying: "choose another name", keeping: path("notes.txt"))
    #expect(folder.contents == ["notes.txt", "out.safetensors"])
  }

  @Test func aRunReplacesItselfAndNoOther() throws {
    let (a, b) = (path("a"), path("b"))
    try succeed(interpret(a))
    try succeed(interpret(a))
    try succeed(interpret(b))
    let results = "\(a)/results.json"
    for overwrite in [[], ["--overwrite"]] {
      try refuse(
        ["compare", a, b, "--out", "\(a)/"] + overwrite, saying: "is read itself", keeping: results)
    }
    // Another run's results, a comparison's, and somebody's own.
    let other = try folder.write(
      """
      {"name": "other", "models": ["\(Fixtures.demo)/model.json"], "layers": "4", "lenses": ["logit"],
       "images": ["\(Fixtures.demo)/images/night.jpg"]}
      """, to: "run.json")
    try refuse(["run", other, "--out", a], saying: "--overwrite", keeping: results)
    try succeed(["run", other, "--out", a, "--overwrite"])
    try succeed(["compare", a, b, "--out", path("both")])
    try succeed(["compare", a, b, "--out", path("both")])
    try refuse(interpret(path("both")), saying: "--overwrite", keeping: path("both/results.json"))
    for name in ["results.json", "report.html", "evaluation.json"] {
      try FileManager.default.createDirectory(
        atPath: path("mine"), withIntermediateDirectories: true)
      _ = try folder.write("{\"mine\": true}", to: "mine/\(name)")
      try refuse(
        interpret(path("mine"), "--overwrite"), saying: "mine/\(name)",
        keeping: path("mine/\(name)"))
      try FileManager.default.removeItem(atPath: path("mine"))
    }
    #expect(folder.contents == ["a", "b", "both", "run.json"])
  }

  @Test func twoRunsDoNotMix() throws {
    try FileManager.default.createDirectory(
      atPath: path("out"), withIntermediateDirectories: true)
    let lock = try FileLock(folder: path("out"))
    #expect(lock != nil)
    try refuse(interpret(path("out")), saying: "another process")
    withExtendedLifetime(lock) {}
  }

  @Test func anIndexIsReplacedOnlyWhereThatIsAsked() throws {
    let corpus = try folder.write("a red boat on the sea\nthe moon at night\n", to: "corpus.txt")
    let out = path("out.index")
    func build(_ layers: String, _ more: String...) -> [String] {
      [
        "index", "build", "--model", "models/demo", "--corpus", corpus, "--layers", layers, "--out",
        out,
      ] + more
    }
    try succeed(build("1"))
    let description = "\(out)/index.json"
    try refuse(build("2"), saying: "--overwrite", keeping: description)
    try succeed(build("2", "--overwrite"))
    #expect(try JSONNode(contentsOf: description).required("layers").decode([Int].self) == [2])
    let convert = ["index", "convert", out, "--dtype", "f16", "--out"]
    try refuse(convert + [out, "--overwrite"], saying: "is read itself", keeping: description)
    try succeed(convert + [path("half.index")])
    let again = try Tool.run(convert + [path("half.index")])
    #expect(again.status == 0 && again.output.contains("is whole already"))
    // An index that a run reads is no place for its results.
    try refuse(
      interpret(path("half.index"), "--index", path("half.index")), saying: "is read itself",
      keeping: path("half.index/index.json"))
    // What no index has is no index to be replaced.
    _ = try folder.write("mine", to: "out.index/notes.txt")
    try refuse(build("1", "--overwrite"), saying: "nothing that this", keeping: description)

    let export = ["index", "export", path("half.index"), "--model", "models/demo", "--out"]
    try succeed(export + [path("new/cache")])
    try refuse(export + [path("new/cache")], saying: "--overwrite")
    try succeed(export + [path("new/cache"), "--overwrite", "--format", "npy"])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: path("new/cache")).sorted() == [
        "layer-02.npy", "metadata.json", "rows.jsonl",
      ])
    try refuse(export + [path("out.index"), "--overwrite"], saying: "nothing that this")
    #expect(folder.contents == ["corpus.txt", "half.index", "new", "out.index"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: path("new")) == ["cache"])
  }

  /// A build that was ended before anything of it was done is in nobody's way.
  @Test func whatWasBegunAndIsNothingGoes() throws {
    let corpus = try folder.write("a red boat on the sea\n", to: "corpus.txt")
    try FileManager.default.createDirectory(
      atPath: path("out.index.building/index"), withIntermediateDirectories: true)
    _ = try folder.write("", to: "out.index.building/lock")
    _ = try folder.write(
      "{\"work\": \"other\", \"done\": 0}", to: "out.index.building/progress.json")
    _ = try folder.write("half", to: "out.index.building/index/layer-07.safetensors")
    try succeed([
      "index", "build", "--model", "models/demo", "--corpus", corpus, "--layers", "1", "--out",
      path("out.index") + "/",
    ])
    #expect(folder.contents == ["corpus.txt", "out.index"])
    try succeed(["index", "verify", path("out.index")])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: path("out.index")).contains(
        "layer-07.safetensors") == false)
  }
}
