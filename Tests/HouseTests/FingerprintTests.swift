import Foundation
import LatentLensFormats
import LatentLensKernels
import LatentLensModels
import LatentLensTensors
import LatentLensTestSupport
import Testing

/// One altered bit of one weight makes another model, however large it is.
@Suite struct FingerprintTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ tensors: [(String, [Float])], to name: String) throws -> String {
    let path = "\(folder.path)/\(name)"
    let writer = try SafetensorsWriter(
      path: path, tensors: tensors.map { .init($0.0, .f32, [$0.1.count]) })
    for (_, values) in tensors { try writer.write(values) }
    try writer.finish()
    return path
  }

  private func fingerprint(
    _ paths: String..., threads: Int = 2, keepingFrom least: Int = .max
  ) throws -> Fingerprint {
    var files: [String: FileIdentity] = [:]
    for path in paths { files[path] = FileIdentity(of: path) }
    let tensors = try paths.flatMap { try SafetensorsFile(contentsOf: $0).tensors.values }
    return Fingerprint(
      of: tensors,
      digests: TensorDigests(
        files: files, compute: Compute(threads: threads),
        cache: DigestCache(folder: "\(folder.path)/digests"), leastKept: least))
  }

  private var tensors: [(String, [Float])] {
    // The second is longer than the pieces of 16 MiB that are hashed side by side.
    [("a", [1, 2, 3]), ("b", (0..<5_000_000).map { Float($0 % 1000) }), ("c", [])]
  }

  @Test func anyAlteredWeightShows() throws {
    let sound = try fingerprint(write(tensors, to: "a.st")).value()
    #expect(sound.hasPrefix("sha256-tree:") && sound.count == 76)
    for place in [0, 2_345_678, 4_999_999] {
      var altered = tensors
      altered[1].1[place] += 1
      #expect(try fingerprint(write(altered, to: "b.st")).value() != sound)
    }
    var renamed = tensors
    renamed[0].0 = "d"
    #expect(try fingerprint(write(renamed, to: "b.st")).value() != sound)
  }

  @Test func neitherLayoutNorThreadsShow() throws {
    let one = try write(tensors, to: "a.st")
    let first = try write(Array(tensors[2...]), to: "1.st")
    let second = try write([tensors[1], tensors[0]], to: "2.st")
    let sound = try fingerprint(one).value()
    #expect(try fingerprint(first, second).value() == sound)
    #expect(try fingerprint(second, first, threads: 1).value() == sound)
  }

  @Test func digestsAreKeptForAFileThatStaysAsItIs() throws {
    let path = try write(tensors, to: "a.st")
    let sound = try fingerprint(path, keepingFrom: 0).value()
    let kept = try #require(
      FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/digests").first)
    // What is kept counts: an entry that was tampered with shows.
    let entry = "\(folder.path)/digests/\(kept)"
    var root = try JSONNode(contentsOf: entry)
    #expect(try fingerprint(path).value() == sound)
    root = root.overridden(by: ["tensors": .object(JSONObject([("a", "0")]))])
    try Data(root.value.text().utf8).write(to: URL(fileURLWithPath: entry))
    #expect(try fingerprint(path).value() != sound)
    // A file that was written again is read again.
    _ = try write(tensors, to: "a.st")
    #expect(try fingerprint(path).value() == sound)
    try Data("nonsense".utf8).write(to: URL(fileURLWithPath: entry))
    #expect(try fingerprint(path).value() == sound)
  }

  @Test func aCacheThatCannotBeWrittenIsNone() throws {
    let path = try write(tensors, to: "a.st")
    let sound = try fingerprint(path).value()
    _ = try folder.write("in the way", to: "digests")
    #expect(try fingerprint(path, keepingFrom: 0).value() == sound)
  }
}
