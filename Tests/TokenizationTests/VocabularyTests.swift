import LatentLensTestSupport
import LatentLensTokenization
import Testing

@Suite struct VocabularyTests {
  @Test(arguments: Fixture.names)
  func everyTokenHasAnIDThatLeadsBackToIt(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    #expect(tokenizer.count == (try Fixture.expected(name).count))
    for id in 0..<tokenizer.count {
      let token = try #require(tokenizer.token(id))
      #expect(tokenizer.id(of: token) == id)
    }
    #expect(tokenizer.token(tokenizer.count) == nil && tokenizer.token(-1) == nil)
    #expect(tokenizer.id(of: "no such piece") == nil)
  }

  @Test func piecesThatLookTheSameAreTwo() throws {
    let tokenizer = try Fixture.tokenizer("llama2")
    let composed = try #require(tokenizer.id(of: "\u{E9}"))
    let decomposed = try #require(tokenizer.id(of: "e\u{301}"))
    #expect(composed != decomposed)
    #expect(tokenizer.encode("x\u{E9}").last == composed)
    #expect(tokenizer.encode("xe\u{301}").last == decomposed)
  }

  @Test func addedTokensAreListedWithTheirOptions() throws {
    let tokenizer = try Fixture.tokenizer("olmo")
    let mask = try #require(tokenizer.addedTokens.first { $0.content == "[MASK]" })
    #expect(mask.isSpecial && mask.stripsLeft && mask.stripsRight && !mask.isSingleWord)
    #expect(tokenizer.specialTokenIDs.contains(mask.id))
    let word = try #require(tokenizer.addedTokens.first { $0.content == "WORD" })
    #expect(!word.isSpecial && word.isSingleWord && word.isNormalized)
    #expect(!tokenizer.specialTokenIDs.contains(word.id))
    #expect(tokenizer.addedTokens.map(\.id) == tokenizer.addedTokens.map(\.id).sorted())
  }

  @Test func unknownIDsAreLeftOutOfDecodedText() throws {
    let tokenizer = try Fixture.tokenizer("gpt2")
    let ids = tokenizer.encode("Hello")
    #expect(tokenizer.decode([-1] + ids + [1 << 40]) == "Hello")
  }

  @Test func bytesOfHalfACharacterAreKept() throws {
    for name in ["gpt2", "llama2"] {
      let tokenizer = try Fixture.tokenizer(name)
      let ids = Array(tokenizer.encode("🜁", addingSpecialTokens: false).dropLast())
      #expect(tokenizer.decodeBytes(ids).suffix(3) == [0xF0, 0x9F, 0x9C])
      #expect(tokenizer.decode(ids).hasSuffix("\u{FFFD}"))
    }
  }
}

@Suite struct KnownTextTests {
  @Test func idsBehindTheVocabularyReadAsTheirPublisherCallsThem() throws {
    let tokenizer = try Tokenizer(contentsOf: "\(Fixtures.demo)/tokenizer.json")
    let beyond = tokenizer.count + 3
    #expect(tokenizer.decode([beyond]).isEmpty)
    let knowing = tokenizer.knowing([beyond: "<im_patch>", 5: "never"])
    #expect(knowing.decode([beyond]) == "<im_patch>")
    #expect(knowing.decode([5]) == tokenizer.decode([5]), "the file's own tokens stand")
    #expect(knowing.encode("<im_patch>") == tokenizer.encode("<im_patch>"))
  }
}
