import Foundation
import LatentLensFormats
import LatentLensTestSupport
import Testing

@Suite struct FileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  @Test func theFinalNameAppearsWithTheWholeFile() throws {
    let path = try folder.write("old", to: "file.txt")
    let file = try AtomicFile(path: path)
    try file.write("new")
    #expect(try Fixtures.bytes(path) == Array("old".utf8))
    try file.commit()
    #expect(try Fixtures.bytes(path) == Array("new".utf8))
    #expect(folder.contents == ["file.txt"])
  }

  @Test func aFileThatIsNotCommittedLeavesNothing() throws {
    do {
      let file = try AtomicFile(path: path("file"))
      try file.write("half")
      #expect(folder.contents.count == 1)
    }
    #expect(folder.contents == [])
  }

  @Test func aFolderThatIsNotThereIsNamed() {
    #expect(throws: FileError.self) { try AtomicFile(path: path("no/file.txt")) }
  }

  @Test func whatALinkLeadsToIsReplaced() throws {
    _ = try folder.write("old", to: "file")
    try FileManager.default.createSymbolicLink(
      atPath: path("link"), withDestinationPath: path("file"))
    let file = try AtomicFile(path: path("link"))
    try file.write("new")
    try file.commit()
    #expect(try Fixtures.bytes(path("file")) == Array("new".utf8))
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: path("link")) == path("file"))
    try FileManager.default.removeItem(atPath: path("file"))
    let error = #expect(throws: FileError.self) { try AtomicFile(path: path("link")) }
    #expect(error?.description.contains("leads nowhere") == true)
  }

  @Test func neitherPipesNorDevicesNorFoldersAreReplaced() throws {
    #expect(unsafe mkfifo(path("pipe"), 0o644) == 0)
    for target in [path("pipe"), "/dev/null", folder.path] {
      #expect(throws: FileError.self) { try AtomicFile(path: target) }
    }
    #expect(folder.contents == ["pipe"])
  }

  /// Whoever comes next removes what a writer has left that has died, and nothing of one that lives.
  @Test func whatTheDeadHaveLeftGoes() throws {
    let alive = try AtomicFile(path: path("file"))
    try alive.write("alive")
    for name in [
      "file.partial-0123456789abcdef", "file.partial-mine", "other.partial-0123456789abcdef",
    ] {
      _ = try folder.write("dead", to: name)
    }
    try FileManager.default.createDirectory(
      atPath: path("folder.partial-0123456789abcdef/within"), withIntermediateDirectories: true)
    let next = try AtomicFile(path: path("file"))
    try next.write("next")
    do {
      let made = try Partial(.folder, for: path("folder"))
      try made.place(at: path("folder"))
    }
    try next.commit()
    try alive.commit()
    #expect(try Fixtures.bytes(path("file")) == Array("alive".utf8))
    #expect(
      folder.contents == [
        "file", "file.partial-mine", "folder", "other.partial-0123456789abcdef",
      ])
  }

  @Test func aFolderTakesAnothersPlace() throws {
    for name in ["old", "new"] {
      let made = try Partial(.folder, for: path("out"))
      try Data(name.utf8).write(to: URL(fileURLWithPath: "\(made.path)/\(name)"))
      try made.place(at: path("out"), exchanging: name == "new")
    }
    #expect(folder.contents == ["out"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: path("out")) == ["new"])
  }

  @Test func aLockIsHeldByOneAlone() throws {
    for isFolder in [false, true] {
      func lock() throws -> FileLock? {
        try isFolder ? FileLock(folder: folder.path) : FileLock(path("lock"))
      }
      var held = try lock()
      #expect(held != nil)
      #expect(try lock() == nil)
      held = nil
      #expect(try lock() != nil)
    }
  }

  @Test func onlyTheSameWorkIsReplacedUnasked() throws {
    let path = try folder.write("anything", to: "file")
    func refusal(
      _ maker: OutputPolicy.Maker, overwriting: Bool = false, reading inputs: [String] = []
    ) -> String? {
      do {
        try OutputPolicy(overwrites: overwriting, inputs: inputs).admit(.file, at: path) { maker }
        return nil
      } catch {
        return error.description
      }
    }
    #expect(refusal(.thisWork) == nil)
    #expect(refusal(.program)?.contains("--overwrite") == true)
    #expect(refusal(.program, overwriting: true) == nil)
    for overwriting in [false, true] {
      let refused = refusal(.somebodyElse, overwriting: overwriting)
      #expect(refused?.contains("nothing that this program has made") == true)
      // By whatever path it is reached.
      let read = refusal(
        .thisWork, overwriting: overwriting, reading: ["\(folder.path)/./file"])
      #expect(read?.contains("is read itself") == true)
    }
    #expect(throws: Never.self) {
      try OutputPolicy().admit(.file, at: self.path("new")) { .somebodyElse }
    }
  }

  @Test func digestsAreThoseOfTheStandard() throws {
    // FIPS 180-2, appendix B.1.
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    #expect(SHA256.digest(of: "abc") == digest)
    #expect(try SHA256.digest(ofFile: folder.write("abc", to: "abc")) == digest)
  }
}
