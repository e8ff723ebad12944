import LatentLensFormats
import LatentLensTestSupport
import Testing

@Suite struct FileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func theFinalNameAppearsWithTheWholeFile() throws {
    let path = try folder.write("old", to: "file.txt")
    let file = try AtomicFile(path: path)
    try file.write("new")
    #expect(try Fixtures.bytes(path) == Array("old".utf8))
    try file.commit()
    #expect(try Fixtures.bytes(path) == Array("new".utf8))
    #expect(folder.contents == ["file.txt"])
  }

  @Test func aFolderThatIsNotThereIsNamed() {
    #expect(throws: FileError.self) { try AtomicFile(path: "\(folder.path)/no/file.txt") }
  }

  @Test func digestsAreThoseOfTheStandard() throws {
    // FIPS 180-2, appendix B.1.
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    #expect(SHA256.digest(of: "abc") == digest)
    #expect(try SHA256.digest(ofFile: folder.write("abc", to: "abc")) == digest)
  }
}
