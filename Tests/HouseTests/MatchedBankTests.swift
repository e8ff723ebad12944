import Foundation
import LatentLensFormats
import LatentLensIndexing
import LatentLensLenses
import LatentLensModels
import LatentLensTestSupport
import LatentLensTokenization
import Testing

/// Rows of the same words of the same sentences, whatever the tokenizer and the order of the corpus.
@Suite struct MatchedBankTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let sentences = [
    "a red boat on the sea", "a red boat at night", "a red boat-house at night",
    "a red boat at night",
    "The naïve café’s owner — O'Neill — sold 12 cups.", "cafe\u{301} au lait, cafe\u{301} noir",
    "the moon shines, the moon sets", "supercalifragilistic words are tokenised otherwise", "one",
    "日本語 の 文 です", "emoji 👩‍🚀 flies over the sea", "the sea the sea the sea the sea",
  ]

  private func corpus(_ sentences: [String]) throws -> Corpus {
    try Corpus(
      contentsOf: folder.write(sentences.joined(separator: "\n"), to: "\(UUID().uuidString).txt"))
  }

  /// For each row of an index that would be built its sentence, and where in it the word ends that the row is
  /// of.
  private func rows(
    _ sentences: [String], _ tokenizer: Tokenizer, maxContexts: Int = 50
  ) throws -> Set<String> {
    let draft = try IndexDraft(
      corpus(sentences), tokenizer: tokenizer, blockCount: 3,
      options: IndexOptions(maxContexts: maxContexts, keep: .matched))
    var found: Set<String> = []
    let entries = draft.entries
    for entry in 0..<entries.count {
      let text = entries.sentences[entries.sentenceIDs[entry]]
      let tokens = TokenizedText(text, tokenizer: tokenizer)
      let token = try #require(tokens.spans[entries.positions[entry]])
      let span = try #require(
        WordSpans(text).words.last { token.contains($0.upperBound - 1) })
      #expect(found.insert("\(text)|\(span.upperBound)").inserted)
    }
    return found
  }

  private func tokenizers() throws -> [Tokenizer] {
    try [Fixtures.demo, Fixtures.path("lenses/checkpoint")].map {
      try ModelFiles($0).tokenizer()
    }
      + FileManager.default.contentsOfDirectory(atPath: Fixtures.path("tokenizers")).sorted()
      .map { Fixtures.path("tokenizers/\($0)/tokenizer.json") }
      .filter { PathKind(of: $0) == .file }.map { try Tokenizer(contentsOf: $0) }
  }

  @Test func everyTokenizerKeepsTheSameWords() throws {
    let tokenizers = try tokenizers()
    #expect(tokenizers.count > 4)
    let first = try rows(Self.sentences, tokenizers[0])
    #expect(first.count > 30)
    for tokenizer in tokenizers.dropFirst() {
      #expect(try rows(Self.sentences, tokenizer) == first)
      #expect(try rows(Self.sentences, tokenizer, maxContexts: 2).isStrictSubset(of: first))
    }
  }

  @Test func theOrderOfTheCorpusPlaysNoPart() throws {
    let tokenizer = try tokenizers()[0]
    for count in [1, 3, 50] {
      let plain = try rows(Self.sentences, tokenizer, maxContexts: count)
      #expect(try rows(Self.sentences.reversed(), tokenizer, maxContexts: count) == plain)
    }
  }

  @Test func theRuleIsWhatItSays() throws {
    let tokenizer = try tokenizers()[0]
    // The first word is skipped; what stands behind the same words is kept once; the cap counts by word.
    #expect(
      try rows(["a red boat", "a red boat sails", "one"], tokenizer)
        == ["a red boat|5", "a red boat|10", "a red boat sails|16"])
    #expect(try rows(["x sea sea sea sea", "y sea"], tokenizer, maxContexts: 2).count == 2)
    #expect(throws: HostError.self) { try rows(["one", "two"], tokenizer) }
  }

  @Test(arguments: [1, 3])
  func partsAndInterruptionsGiveTheSameIndex(count: Int) throws {
    let model = try Bench.loader.load(Fixtures.path("lenses/checkpoint"))
    let lines = String(decoding: try Fixtures.bytes("\(Fixtures.demo)/corpus.txt"), as: UTF8.self)
      .split(separator: "\n").map(String.init).enumerated().filter { $0.offset % 4 == 0 }.map(
        \.element)
    let corpus = try corpus(lines)
    func build(_ part: IndexPart? = nil) throws -> IndexBuild {
      try IndexBuild(
        model, corpus: corpus,
        options: IndexOptions(layers: LayerSelection("1,3"), maxContexts: 5, keep: .matched),
        part: part)
    }
    func bytes(_ name: String) throws -> [String: [UInt8]] {
      let path = "\(folder.path)/\(name)"
      let names = try FileManager.default.contentsOfDirectory(atPath: path)
      return try Dictionary(
        uniqueKeysWithValues: names.map { ($0, try Fixtures.bytes("\(path)/\($0)")) })
    }
    struct Enough: Error {}
    try build().run(to: "\(folder.path)/whole")
    #expect(throws: IndexError.self) {
      try build().run(to: "\(folder.path)/again") { _ in throw Enough() }
    }
    try build().run(to: "\(folder.path)/again")
    #expect(try bytes("again") == bytes("whole"))
    let parts = try (1...count).map { number in
      try build(IndexPart(number, of: count)).run(to: "\(folder.path)/part \(number)")
      return "\(folder.path)/part \(number)"
    }
    try IndexMerge(parts).run(to: "\(folder.path)/merged")
    #expect(try bytes("merged") == bytes("whole"))
    let description = try ContextualIndex(contentsOf: "\(folder.path)/whole").description
    #expect(description.identity.rules == .init(keep: .matched, maxContexts: 5))
    let schema = try JSONSchema(
      contentsOf: "\(Fixtures.repository)/models/schema/index.schema.json")
    #expect(try schema.problems(of: description.json) == [])
    // Another rule is another index.
    let plain = try IndexBuild(
      model, corpus: corpus, options: IndexOptions(layers: LayerSelection("1,3"), maxContexts: 5))
    #expect(plain.identity.digest != (try build().identity.digest))
    #expect(plain.rows != (try build().rows))
  }
}
