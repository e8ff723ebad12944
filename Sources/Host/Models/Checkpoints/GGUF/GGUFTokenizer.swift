internal import LatentLensFormats
internal import LatentLensTensors
internal import LatentLensTokenization

/// The vocabulary of a GGUF file as a `tokenizer.json`.
struct GGUFTokenizer {
  let path: String
  private let values: NameTable<GGUFValue>
  private let tokens: [String]
  /// What llama.cpp calls the kinds of tokens.
  private let kinds: [Int]

  private enum Kind {
    static let unknown = 2
    static let control = 3
    static let userDefined = 4
    static let added = [unknown, control, userDefined]
  }

  /// Nil where the file has no vocabulary.
  init?(_ file: GGUFParts) throws(GGUFError) {
    path = file.path
    values = file.values
    guard values[Self.prefix + "model"] != nil else { return nil }
    var found: [String] = []
    for value in try Self.array("tokens", values, path) {
      guard case .string(let token) = value else {
        throw Self.error("tokens", "is no list of texts", path)
      }
      found.append(token)
    }
    tokens = found
    kinds = try Self.array("token_type", values, path, isOptional: true).map { value in
      switch value {
      case .signed(let kind): Int(kind)
      case .unsigned(let kind): Int(exactly: kind) ?? 0
      default: 0
      }
    }
    guard kinds.isEmpty || kinds.count == tokens.count else {
      throw Self.error(
        "token_type", "has \(kinds.count) kinds for \(tokens.count) tokens", path)
    }
  }

  private static let prefix = "tokenizer.ggml."

  private static func error(_ key: String, _ reason: String, _ path: String) -> GGUFError {
    GGUFError(path: path, problem: .key(prefix + key, reason: reason))
  }

  private static func array(
    _ key: String, _ values: NameTable<GGUFValue>, _ path: String, isOptional: Bool = false
  ) throws(GGUFError) -> [GGUFValue] {
    switch values[prefix + key] {
    case .array(let elements)?: return elements
    case nil where isOptional: return []
    case let value: throw error(key, "is \(value?.text ?? "missing") and has to be a list", path)
    }
  }

  /// The file as `tokenizer.json` would have it.
  ///
  /// - Throws: `GGUFError` for a kind of tokenizer, or a way to split texts, that is not known here.
  func stored() throws -> StoredTokenizer {
    let root: JSONValue
    switch values[Self.prefix + "model"] {
    case .string("gpt2"): root = try bytePairs()
    case .string("llama"): root = try sentencePieces()
    case let value:
      throw Self.error(
        "model", "is \(value?.text ?? "missing"); read are `gpt2` and `llama`", path)
    }
    let tokenizer = try Tokenizer(JSONNode(root, file: path))
    return StoredTokenizer(tokenizer, digest: "sha256:" + SHA256.digest(of: root.text()))
  }

  // MARK: Bytes, as GPT-2 spells them

  private func bytePairs() throws -> JSONValue {
    let splitting = try GGUFSplitting.named(values[Self.prefix + "pre"], path: path)
    var merges: [JSONValue] = []
    for value in try Self.array("merges", values, path) {
      guard case .string(let merge) = value else {
        throw Self.error("merges", "is no list of texts", path)
      }
      merges.append(.string(merge))
    }
    return .object(
      JSONObject([
        ("added_tokens", added),
        ("normalizer", splitting.composes ? ["type": "NFC"] : .null),
        ("pre_tokenizer", splitting.preTokenizer),
        ("post_processor", try template(startsByDefault: splitting.starts)),
        ("decoder", ["type": "ByteLevel"]),
        (
          "model",
          .object(
            JSONObject([
              ("type", "BPE"), ("vocab", vocabulary), ("merges", .array(merges)),
              ("ignore_merges", .bool(splitting.ignoresMerges)),
            ]))
        ),
      ]))
  }

  private var vocabulary: JSONValue {
    .object(JSONObject(tokens.enumerated().map { ($1, .integer(Int64($0))) }))
  }

  /// Tokens that are found in texts before anything else is.
  private var added: JSONValue {
    .array(
      tokens.indices.filter { Kind.added.contains(kind($0)) }.map { id in
        [
          "content": .string(tokens[id]), "special": .bool(kind(id) != Kind.userDefined),
          "normalized": false,
        ]
      })
  }

  private func kind(_ id: Int) -> Int { kinds.isEmpty ? 1 : kinds[id] }

  /// The tokens that are put around texts.
  private func template(startsByDefault: Bool) throws(GGUFError) -> JSONValue {
    var single: [JSONValue] = [["Sequence": ["id": "A"]]]
    var special = JSONObject()
    func part(_ name: String, isDefault: Bool) throws(GGUFError) -> JSONValue? {
      switch values[Self.prefix + "add_\(name)_token"] {
      case .bool(false)?: return nil
      case .bool(true)?: break
      case nil where isDefault: break
      case nil: return nil
      case let value?:
        throw Self.error("add_\(name)_token", "is \(value.text) and has to be true or false", path)
      }
      guard case .unsigned(let number) = values[Self.prefix + "\(name)_token_id"],
        let id = Int(exactly: number), tokens.indices.contains(id)
      else { throw Self.error("\(name)_token_id", "is none of the tokens", path) }
      special[tokens[id]] = ["ids": [.integer(Int64(id))]]
      return ["SpecialToken": ["id": .string(tokens[id])]]
    }
    if let start = try part("bos", isDefault: startsByDefault) { single.insert(start, at: 0) }
    if let end = try part("eos", isDefault: false) { single.append(end) }
    guard single.count > 1 else { return .null }
    return [
      "type": "TemplateProcessing", "single": .array(single), "special_tokens": .object(special),
    ]
  }

  // MARK: SentencePiece

  private func sentencePieces() throws -> JSONValue {
    let scores = try Self.array("scores", values, path).map { value -> Double in
      if case .real(let score) = value { score } else { 0 }
    }
    guard scores.count == tokens.count else {
      throw Self.error("scores", "has \(scores.count) scores for \(tokens.count) tokens", path)
    }
    var normalizers: [JSONValue] = [
      ["type": "Replace", "pattern": ["String": " "], "content": "▁"]
    ]
    var decoders: [JSONValue] = [
      ["type": "Replace", "pattern": ["String": "▁"], "content": " "], ["type": "ByteFallback"],
      ["type": "Fuse"],
    ]
    if values[Self.prefix + "add_space_prefix"] != .bool(false) {
      normalizers.insert(["type": "Prepend", "prepend": "▁"], at: 0)
      decoders.append(["type": "Strip", "content": " ", "start": 1, "stop": 0])
    }
    let unknown = tokens.indices.first { kind($0) == Kind.unknown }
    return .object(
      JSONObject([
        ("added_tokens", added),
        ("normalizer", ["type": "Sequence", "normalizers": .array(normalizers)]),
        ("post_processor", try template(startsByDefault: true)),
        ("decoder", ["type": "Sequence", "decoders": .array(decoders)]),
        (
          "model",
          .object(
            JSONObject([
              ("type", "BPE"), ("vocab", vocabulary),
              ("merges", .array(GGUFMerges(tokens: tokens, scores: scores).all)),
              ("byte_fallback", true), ("fuse_unk", true),
              ("unk_token", unknown.map { .string(tokens[$0]) } ?? .null),
            ]))
        ),
      ]))
  }
}
