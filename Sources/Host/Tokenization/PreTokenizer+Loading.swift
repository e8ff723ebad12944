internal import LatentLensFormats

extension PreTokenizer {
  init(_ node: JSONNode) throws {
    let read: @Sendable (JSONNode) throws -> PreTokenizer = try node.required("type").choice([
      "ByteLevel": {
        .byteLevel(
          addsPrefixSpace: try $0.required("add_prefix_space").bool(),
          pattern: try $0.flag("use_regex", default: true) ? try Pattern(Self.gpt2Words) : nil)
      },
      "Split": {
        .split(
          try Matcher($0.required("pattern")), try Self.behavior($0.required("behavior")),
          inverted: try $0.required("invert").bool())
      },
      "Metaspace": { .metaspace(try Metaspace($0)) },
      "Digits": {
        let individual = try $0.required("individual_digits").bool()
        return .split(
          .scalars { $0.isNumber }, individual ? .isolated : .contiguous, inverted: false)
      },
      "Punctuation": {
        .split(
          .scalars { $0.isPunctuation }, try $0["behavior"].map(Self.behavior) ?? .isolated,
          inverted: false)
      },
      "Whitespace": { _ in .split(.regex(try Pattern(Self.wordsOrSigns)), .removed, inverted: true)
      },
      "WhitespaceSplit": { _ in .split(.scalars { $0.isWhitespace }, .removed, inverted: false) },
      "Sequence": {
        .sequence(try $0.required("pretokenizers").elements().map(PreTokenizer.init))
      },
    ])
    self = try read(node)
  }

  private static func behavior(_ node: JSONNode) throws -> SplitText.Behavior {
    try node.choice([
      "Removed": .removed, "Isolated": .isolated, "Contiguous": .contiguous,
      "MergedWithPrevious": .mergedWithPrevious, "MergedWithNext": .mergedWithNext,
    ])
  }

  /// Words, numbers and signs, each with one space in front (Radford et al. 2019, the released code).
  private static let gpt2Words =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  /// Runs of word characters (joiners among them) or of anything else but white space.
  private static let wordsOrSigns = #"[\w\x{200C}\x{200D}]+|[^\w\x{200C}\x{200D}\s]+"#
}

extension Metaspace {
  init(_ node: JSONNode) throws {
    replacement = Array(try node.required("replacement").string().utf8)
    guard !replacement.isEmpty else { throw try node.required("replacement").error("is empty") }
    splits = try node.flag("split", default: true)
    let scheme: Prepending? = try node["prepend_scheme"]?.choice([
      "always": .always, "first": .first, "never": .never,
    ])
    // The older key, of which `false` alone says something.
    if let legacy = node["add_prefix_space"], try !legacy.bool() {
      guard scheme == nil || scheme == .never else {
        throw legacy.error("contradicts `prepend_scheme`; remove one of the two")
      }
      prepending = .never
    } else {
      prepending = scheme ?? .always
    }
  }
}
