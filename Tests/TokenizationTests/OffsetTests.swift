import LatentLensFormats
import LatentLensTokenization
import Testing

@Suite struct OffsetTests {
  @Test(arguments: Fixture.names)
  func rangesRiseAndStayInTheText(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    for text in try Fixture.hostile().texts {
      var end = 0
      for token in tokenizer.encodeWithOffsets(text) {
        #expect(token.range.upperBound >= end && token.range.upperBound <= text.utf8.count)
        end = token.range.upperBound
      }
      #expect(tokenizer.encodeWithOffsets(text).map(\.id) == tokenizer.encode(text))
    }
  }

  @Test(arguments: ["gpt2", "llama3"])
  func rangesOfByteLevelTokensAreTheBytesTheyDecodeTo(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    for text in try Fixture.hostile().texts {
      let bytes = Array(text.utf8)
      for token in tokenizer.encodeWithOffsets(text, addingSpecialTokens: false) {
        #expect(tokenizer.decodeBytes([token.id]) == Array(bytes[token.range]))
      }
    }
  }

  @Test func whatIsPutInHasAnEmptyRange() throws {
    let tokenizer = try Fixture.tokenizer("llama2")
    let tokens = tokenizer.encodeWithOffsets("<s>🜁")
    // Beginning of sequence, the same from the text, the visible space, and four bytes.
    #expect(tokens.map(\.range) == [0..<0, 0..<3, 3..<3, 3..<4, 4..<5, 5..<6, 6..<7])
    let closed = try Fixture.tokenizer("olmo").encodeWithOffsets("é")
    #expect(closed.last?.range == 2..<2)
  }

  @Test func aTokenOfNormalizedTextCoversWhatItWasMadeFrom() throws {
    let tokenizer = try Fixture.tokenizer("qwen2")
    let composed = tokenizer.encodeWithOffsets("Gé")
    let decomposed = tokenizer.encodeWithOffsets("Ge\u{301}")
    #expect(composed.map(\.id) == decomposed.map(\.id))
    #expect(composed.last?.range == 1..<3)
    #expect(decomposed.last?.range == 1..<4)
  }

  @Test func charactersThatVanishLeaveTheRangesOfOthersAlone() throws {
    let tokenizer = try Tokenizer(description: [
      "model": ["type": "BPE", "vocab": ["a": 0, "b": 1, "ab": 2], "merges": ["a b"]]
    ])
    let tokens = tokenizer.encodeWithOffsets("x🜁a?b!b")
    #expect(tokens.map(\.id) == [2, 1])
    #expect(tokens.map(\.range) == [5..<8, 9..<10])
  }
}
