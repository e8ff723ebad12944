import Foundation
import LatentLensCatalog
import LatentLensComponents
import LatentLensFormats
import LatentLensModels
import LatentLensTestSupport
import Testing

/// Where weights come from, and what is said where they do not.
@Suite struct CheckpointTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The complaint of a load that has to fail, in one line.
  private func complaint(_ source: String) -> String {
    do {
      _ = try Bench.loader.load(source)
      return ""
    } catch {
      #expect(!"\(error)".contains("\n"))
      return "\(error)"
    }
  }

  @Test(arguments: ["model.gguf", "model", "model.bin"])
  func aGGUFFileIsCalledOne(_ name: String) throws {
    let path = try folder.write(Array("GGUF".utf8) + [3, 0, 0, 0], to: name)
    #expect(complaint(path).hasPrefix("\(path): ends at byte 8, within its header"))
    let manifest = try folder.write(
      "{\"name\": \"x\", \"decoder\": {\"weights\": \"\(name)\"}}", to: "model.json")
    #expect(complaint(manifest).hasPrefix("\(path): ends at byte 8"))
  }

  @Test func weightsAloneAreNoModel() {
    let path = Fixtures.path("parity/gated-mlp/connector.safetensors")
    #expect(complaint(path).hasPrefix("\(path): holds weights alone"))
  }

  @Test func aFileOfNoKindIsNoSourceOfWeights() throws {
    let path = try folder.write("some text", to: "notes.txt")
    let manifest = try folder.write(
      "{\"name\": \"x\", \"decoder\": {\"weights\": \"notes.txt\"}}", to: "model.json")
    #expect(complaint(manifest).hasPrefix("\(path): is no weights file"))
    #expect(complaint("\(folder.path)/nothing").contains("there is no such manifest or folder"))
  }

  @Test func theFirstBytesTellAFileWithoutItsName() throws {
    for file in ["parity/gated-mlp/connector.safetensors", "parity/paper-blank/connector.pt"] {
      let path = try folder.write(Fixtures.bytes(Fixtures.path(file)), to: "weights")
      #expect(complaint(path).contains("holds weights alone"))
    }
  }

  @Test func partsThatMakeNoModelAreRefused() throws {
    for parts in [
      "", "\"connector\": {\"weights\": \"w\"}",
      "\"encoder\": {\"weights\": \"w\"}, \"decoder\": {\"weights\": \"w\"}",
      "\"checkpoint\": \"w\", \"decoder\": {\"weights\": \"w\"}",
    ] {
      let keys = parts.isEmpty ? "" : ", \(parts)"
      let path = try folder.write("{\"name\": \"x\"\(keys)}", to: "model.json")
      #expect(complaint(path).contains("give either `checkpoint`"), "\(parts)")
    }
  }

  @Test(arguments: [
    ("decoder", "layers"), ("decoder", "placeholder"), ("connector", "layers"),
    ("encoder", "combination"),
  ])
  func aKeyOfAnotherPartIsUnknown(_ role: String, _ key: String) throws {
    let parts = ["encoder", "connector", "decoder"].map { part in
      "\"\(part)\": {\"weights\": \"w\"\(part == role ? ", \"\(key)\": 1" : "")}"
    }
    let path = try folder.write(
      "{\"name\": \"x\", \(parts.joined(separator: ", "))}", to: "model.json")
    #expect(complaint(path).hasPrefix("\(path): \(role).\(key): unknown key"))
  }

  @Test func aPartAloneIsItsOwnKindOfModel() throws {
    func manifest(_ role: String, _ fixture: String) throws -> String {
      try folder.write(
        "{\"name\": \"x\", \"\(role)\": {\"weights\": \"\(Fixtures.path("parity/\(fixture)"))\"}}",
        to: "\(role).json")
    }
    guard case .encoder = try Bench.loader.load(manifest("encoder", "dinov2-tiny")) else {
      Issue.record("no encoder")
      return
    }
    let decoder = try Bench.loader.load(manifest("decoder", "llama-gqa"))
    guard case .decoder(let model) = decoder else {
      Issue.record("no decoder")
      return
    }
    #expect(throws: HostError.self) { try model.text.tokenizer.get() }
    #expect(throws: HostError.self) { try decoder.sight() }
    #expect(throws: HostError.self) { try decoder.whole() }
  }

  // MARK: The cache of Hugging Face

  private func cache() throws -> String {
    let repository = "\(folder.path)/models--owner--name"
    for commit in ["abc", "def"] {
      let snapshot = "\(repository)/snapshots/\(commit)"
      try FileManager.default.createDirectory(
        atPath: snapshot, withIntermediateDirectories: true)
      try Data().write(to: URL(fileURLWithPath: "\(snapshot)/file"))
    }
    try FileManager.default.createDirectory(
      atPath: "\(repository)/refs", withIntermediateDirectories: true)
    for (name, commit) in [("main", "abc"), ("v2", "def\n"), ("gone", "123")] {
      try Data(commit.utf8).write(to: URL(fileURLWithPath: "\(repository)/refs/\(name)"))
    }
    return repository
  }

  @Test(arguments: [
    ("hf:owner/name", "abc"), ("hf:owner/name@v2", "def"), ("hf:owner/name@abc", "abc"),
    ("hf:owner/name/file", "abc/file"), ("hf:owner/name@v2/file", "def/file"),
  ])
  func revisionsAreFoundByNameAndByCommit(_ source: String, _ expected: String) throws {
    let repository = try cache()
    let path = try HubCache.path(of: source, root: folder.path)
    #expect(path == "\(repository)/snapshots/\(expected)")
  }

  @Test(arguments: [
    ("hf:owner/name@gone", "hf download owner/name --revision gone"),
    ("hf:owner/name@v3/file", "hf download owner/name file --revision v3"),
    ("hf:owner/other", "hf download owner/other"),
    ("hf:owner/name/no", "hf download owner/name no"),
    ("hf:owner", "write it as hf:OWNER/NAME"), ("hf:owner/name@", "write it as"),
    ("hf:owner/name@..", "write it as"), ("hf:owner/name@v2/../file", "write it as"),
    ("hf:owner/name@a@b", "write it as"),
  ])
  func whatIsNotThereIsToldWithItsDownload(_ source: String, _ words: String) throws {
    _ = try cache()
    let error = #expect(throws: HostError.self) {
      try HubCache.path(of: source, root: folder.path)
    }
    #expect(error?.description.hasPrefix("\(source): ") == true)
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }
}
