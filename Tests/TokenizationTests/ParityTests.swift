import LatentLensTokenization
import Testing

/// Against what the tokenizers library makes of the same texts.
@Suite struct ParityTests {
  @Test(arguments: Fixture.names)
  func sentencesHaveTheLibrarysIds(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    let expected = try Fixture.expected(name)
    let blocks = Fixture.blocks(try Fixture.sentences(), size: 16)
    try #require(blocks.count == expected.sentences.count && blocks.joined().count >= 10_000)
    for (index, block) in blocks.enumerated() {
      let ids = block.map { tokenizer.encode($0) }
      #expect(hash(ids) == expected.sentences[index], "lines from \(16 * index + 1) on")
      let texts = ids.map { tokenizer.decode($0, skippingSpecialTokens: true) }
      #expect(hash(texts) == expected.decoded[index], "decoded lines from \(16 * index + 1) on")
    }
  }

  @Test(arguments: Fixture.names)
  func hostileTextsHaveTheLibrarysIds(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    let expected = try Fixture.expected(name)
    let texts = try Fixture.hostile().texts
    try #require(texts.count == expected.hostile.count)
    for (text, ids) in zip(texts, expected.hostile) {
      #expect(tokenizer.encode(text) == ids, "\(text.debugDescription)")
    }
    #expect(hash(texts.map { tokenizer.encode($0, addingSpecialTokens: false) }) == expected.bare)
  }

  @Test(arguments: Fixture.names)
  func hostileTextsDecodeAsInTheLibrary(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    let expected = try Fixture.expected(name)
    for (ids, decoded) in zip(expected.hostile, expected.decodedHostile) {
      let texts = [false, true].map { tokenizer.decode(ids, skippingSpecialTokens: $0) }
      #expect(hash(texts) == decoded, "\(texts)")
    }
    for fragment in expected.fragments {
      #expect(tokenizer.decode(fragment.ids).utf8.elementsEqual(fragment.text.utf8))
    }
  }

  @Test(arguments: Fixture.names)
  func veryLongTextsHaveTheLibrarysIds(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    let expected = try Fixture.expected(name)
    for (long, ids) in zip(try Fixture.hostile().long, expected.long) {
      let text = String(repeating: long.text, count: long.count)
      #expect(hash([tokenizer.encode(text)]) == ids, "\(long.text.debugDescription)")
    }
  }

  @Test(arguments: Fixture.names)
  func everyCodePointHasTheLibrarysIds(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    let expected = try Fixture.expected(name)
    let blocks = Fixture.assignedBlocks(excluding: Set(expected.excluded))
    try #require(blocks.count == expected.codePoints.count)
    for (block, ids) in zip(blocks, expected.codePoints) {
      #expect(hash([tokenizer.encode(block)]) == ids, "\(block.prefix(40))…")
    }
  }

  /// The library gives ranges of whole characters, so ours are widened to them.
  @Test(arguments: ["gpt2", "llama3", "olmo"])
  func offsetsAreTheLibrarys(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    let expected = try #require(try Fixture.expected(name).offsets)
    for (text, offsets) in zip(try Fixture.hostile().texts, expected) {
      let utf8 = Array(text.utf8)
      let ours = tokenizer.encodeWithOffsets(text, addingSpecialTokens: false).flatMap { token in
        var (start, end) = (token.range.lowerBound, token.range.upperBound)
        while start > 0, start < utf8.count, utf8[start] & 0xC0 == 0x80 { start -= 1 }
        while end < utf8.count, utf8[end] & 0xC0 == 0x80 { end += 1 }
        return [start, end]
      }
      #expect(hash([ours]) == offsets, "\(text.debugDescription): \(ours)")
    }
  }
}
