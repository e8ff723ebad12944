internal import LatentLensFormats

/// How a vocabulary of bytes splits texts before it merges: what `tokenizer.ggml.pre` names.
///
/// Another name is another value in `all`.
struct GGUFSplitting: Sendable {
  let names: [String]
  let preTokenizer: JSONValue
  /// Whether texts are composed first (NFC).
  var composes = false
  /// Whether a piece that is in the vocabulary is taken whole.
  var ignoresMerges = false
  /// Whether texts begin with a token where the file is silent.
  var starts = false

  static let all = [
    GGUFSplitting(names: ["gpt-2"], preTokenizer: words),
    GGUFSplitting(names: ["olmo"], preTokenizer: words, composes: true),
    GGUFSplitting(
      names: ["smollm", "starcoder", "refact"],
      preTokenizer: [
        "type": "Sequence",
        "pretokenizers": [["type": "Digits", "individual_digits": true], words],
      ]),
    GGUFSplitting(
      names: ["llama-bpe", "llama3", "llama-v3"], preTokenizer: split(digits: "{1,3}"),
      ignoresMerges: true, starts: true),
    GGUFSplitting(names: ["dbrx"], preTokenizer: split(digits: "{1,3}")),
    GGUFSplitting(names: ["qwen2"], preTokenizer: split(digits: ""), composes: true),
  ]

  /// GPT-2's words.
  private static let words: JSONValue = [
    "type": "ByteLevel", "add_prefix_space": false, "use_regex": true,
  ]

  /// The words of cl100k, with runs of so many digits.
  private static func split(digits: String) -> JSONValue {
    let pattern =
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"# + digits
      + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    return [
      "type": "Sequence",
      "pretokenizers": [
        [
          "type": "Split", "pattern": ["Regex": .string(pattern)], "behavior": "Isolated",
          "invert": false,
        ],
        ["type": "ByteLevel", "add_prefix_space": false, "use_regex": false],
      ],
    ]
  }

  /// The one that a file names.
  static func named(_ value: GGUFValue?, path: String) throws(GGUFError) -> GGUFSplitting {
    guard let found = all.first(where: { $0.names.contains { value == .string($0) } }) else {
      let names = all.flatMap(\.names).joined(separator: ", ")
      let key = "tokenizer.ggml.pre"
      throw GGUFError(
        path: path, problem: .key(key, reason: "is \(value?.text ?? "missing"); read are \(names)"))
    }
    return found
  }
}
