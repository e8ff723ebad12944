import Foundation
import LatentLensFormats
import LatentLensTokenization
import Testing

@Suite struct LoadingTests {
  /// A description that loads, to be spoilt.
  private static let small: JSONValue = [
    "version": "1.0",
    "model": [
      "type": "BPE", "vocab": ["a": 0, "b": 1, "ab": 2, "<unk>": 3], "merges": ["a b"],
    ],
  ]

  private static func spoilt(_ path: [String], _ value: JSONValue) -> JSONValue {
    func set(_ node: JSONValue, _ path: ArraySlice<String>) -> JSONValue {
      guard let key = path.first else { return value }
      var object = JSONObject()
      if case .object(let members) = node { object = members }
      object[key] = set(object[key] ?? .object(JSONObject()), path.dropFirst())
      return .object(object)
    }
    return set(small, path[...])
  }

  @Test func theSmallestDescriptionLoads() throws {
    let tokenizer = try Tokenizer(description: Self.small)
    #expect(tokenizer.encode("abba") == [2, 1, 0])
    #expect(tokenizer.decode([2, 1, 0]) == "ab b a")
    #expect(tokenizer.encode("") == [])
  }

  @Test(
    arguments: [
      (
        ["model", "type"], "WordPiece", "model.type: `WordPiece` is not supported; supported: `BPE`"
      ),
      (
        ["model", "dropout"], 0.1,
        "model.dropout: a dropout of 0.1 is not supported; supported: null"
      ),
      (
        ["model", "end_of_word_suffix"], "</w>",
        "model.end_of_word_suffix: `</w>` is not supported; supported: null"
      ),
      (["model", "unk_token"], "<u>", "model.unk_token: `<u>` is not in the vocabulary"),
      (["model", "merges"], [["a", "c"]], "model.merges[0]: `c` is not in the vocabulary"),
      (["model", "merges"], ["a b", "a b c"], "model.merges[1]: is not a pair of pieces"),
      (
        ["model", "vocab"], ["a": -1], "model.vocab: the id of `a` is not a whole number below 2^31"
      ),
      (["model", "vocab"], ["a"], "model.vocab: is not an object of pieces and their ids"),
      (["version"], "2.0", "version: `2.0` is not supported; supported: `1.0`"),
      (["normalizer", "prepend"], "x", "normalizer.type: is required but not there"),
      (
        ["normalizer"], ["type": "Sequence", "normalizers": [["type": "NFC"], ["type": "Nmt"]]],
        """
        normalizer.normalizers[1].type: `Nmt` is not supported; supported: `NFC`, `NFD`, `NFKC`, \
        `NFKD`, `Lowercase`, `StripAccents`, `Strip`, `Replace`, `Prepend`, `ByteLevel`, `Sequence`
        """
      ),
      (
        ["pre_tokenizer"],
        ["type": "Split", "pattern": ["Regex": "a("], "behavior": "Isolated", "invert": false],
        """
        pre_tokenizer.pattern.Regex: is not a regular expression that can be used here: \
        missing closing parenthesis
        """
      ),
      (
        ["pre_tokenizer"],
        ["type": "Split", "pattern": ["String": "a"], "behavior": "Kept", "invert": false],
        """
        pre_tokenizer.behavior: `Kept` is not supported; supported: `Removed`, `Isolated`, \
        `Contiguous`, `MergedWithPrevious`, `MergedWithNext`
        """
      ),
      (
        ["pre_tokenizer"],
        [
          "type": "Metaspace", "replacement": "▁", "add_prefix_space": false,
          "prepend_scheme": "always",
        ],
        "pre_tokenizer.add_prefix_space: contradicts `prepend_scheme`; remove one of the two"
      ),
      (
        ["post_processor"],
        [
          "type": "TemplateProcessing", "single": [["SpecialToken": ["id": "<s>", "type_id": 0]]],
          "special_tokens": [:],
        ],
        "post_processor.special_tokens.<s>: is required but not there"
      ),
      (["added_tokens"], [["id": 4]], "added_tokens[0].content: is required but not there"),
      (["decoder", "type"], "CTC", "decoder.type: `CTC` is not supported"),
    ] as [([String], JSONValue, String)])
  func aFaultNamesItsPlace(path: [String], value: JSONValue, complaint: String) throws {
    let error = try #require(throws: TokenizerError.self) {
      try Tokenizer(description: Self.spoilt(path, value))
    }
    let description = error.description
    #expect(description.contains(".json: \(complaint)"), "\(description)")
    #expect(!description.contains("\n"))
  }

  @Test func aMissingFileIsNamed() throws {
    let error = try #require(throws: TokenizerError.self) {
      try Tokenizer(contentsOf: "no/such/tokenizer.json")
    }
    #expect(error.description.hasPrefix("no/such/tokenizer.json: cannot be read"))
  }

  @Test(arguments: [
    #"[^[:alpha:]&&[a-z]]"#, #"[a[^b]]"#, #"[\W_]"#, #"\p{N}{1,3}+"#, #"\p{NoSuch}"#, "(?<=a+)b",
  ])
  func expressionsThatWouldMeanSomethingElseAreRefused(expression: String) throws {
    let description = Self.spoilt(
      ["pre_tokenizer"],
      [
        "type": "Split", "pattern": ["Regex": .string(expression)], "behavior": "Isolated",
        "invert": false,
      ])
    let error = try #require(throws: TokenizerError.self) {
      try Tokenizer(description: description)
    }
    #expect(error.description.contains("pre_tokenizer.pattern.Regex"))
  }

  @Test func aRunawayExpressionEnds() throws {
    let description = Self.spoilt(
      ["pre_tokenizer"],
      [
        "type": "Split", "pattern": ["Regex": "(?:a|b|ab)+(?:a|b|ab)+c"], "behavior": "Isolated",
        "invert": false,
      ])
    let tokenizer = try Tokenizer(description: description)
    let text = String(repeating: "ab", count: 2000)
    #expect(tokenizer.encode(text) == Array(repeating: 2, count: 2000))
  }
}
