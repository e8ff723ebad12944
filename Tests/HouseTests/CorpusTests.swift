import LatentLensIndexing
import LatentLensTestSupport
import Testing

/// The reference's rules for reading a corpus.
@Suite struct CorpusTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func sentences(_ text: String, _ name: String) throws -> [String] {
    try Corpus(contentsOf: folder.write(text, to: name)).sentences
  }

  @Test func textIsOneSentencePerLine() throws {
    #expect(try sentences("  one \n\n\ttwo\r\nthree", "c.txt") == ["one", "two", "three"])
  }

  @Test func aTableGivesItsFirstColumn() throws {
    let text = "Caption,id\n\"a \"\"red\"\" boat, afloat\",1\n  the sea ,2\n,3\n\"two\nlines\",4\n"
    #expect(
      try sentences(text, "c.csv") == ["a \"red\" boat, afloat", "the sea", "two\nlines"])
  }

  @Test func aFirstRowThatIsNoHeaderIsKept() throws {
    #expect(try sentences("a boat,1\nthe sea,2\n", "c.csv") == ["a boat", "the sea"])
  }

  @Test func theDigestIsThatOfTheFile() throws {
    let corpus = try Corpus(contentsOf: folder.write("abc", to: "c.txt"))
    #expect(
      corpus.digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }
}
