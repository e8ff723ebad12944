internal import LatentLensFormats
internal import LatentLensTensors

/// A decoder as a GGUF file describes it, in Hugging Face's words: `config.json`, names and order of rows.
struct GGUFModel {
  let configuration: JSONNode
  private let path: String
  private let architecture: GGUFArchitecture
  private let shape: GGUFShape
  private let stored: NameTable<Weight>

  /// - Throws: `GGUFError` for an architecture that is not read, and for a key that is missing, cannot be,
  ///   or asks for what nothing here computes.
  init(_ file: GGUFParts) throws {
    path = file.path
    stored = file.tensors
    architecture = try Self.architecture(of: file)
    var keys = GGUFKeys(file.values, architecture: architecture.name, path: path)
    shape = try GGUFShape(&keys, tensors: stored)
    let rows = stored[Self.table].flatMap(\.shape.first)
    let (declared, listed) = (try keys.optionalSize("vocab_size"), file.tokenCount)
    guard let vocabularySize = rows ?? declared ?? listed else {
      throw keys.error("vocab_size", "is missing, and so are the tokens and the embeddings")
    }
    var members: [(String, JSONValue)] = [
      ("model_type", .string(architecture.name)),
      ("num_hidden_layers", .integer(Int64(shape.blockCount))),
      ("hidden_size", .integer(Int64(shape.hiddenSize))),
      ("intermediate_size", .integer(Int64(try keys.size("feed_forward_length")))),
      ("num_attention_heads", .integer(Int64(shape.heads))),
      ("num_key_value_heads", .integer(Int64(shape.keyValueHeads))),
      ("head_dim", .integer(Int64(shape.headWidth))),
      ("max_position_embeddings", .integer(Int64(try keys.size("context_length")))),
      ("vocab_size", .integer(Int64(vocabularySize))),
      ("tie_word_embeddings", .bool(stored["output.weight"] == nil)),
      ("rope_theta", .number(try keys.optionalNumber("rope.freq_base") ?? 10000)),
    ]
    members += try architecture.members(&keys, shape)
    if let scaling = try Self.scaling(&keys, factors: stored[Self.factors]) {
      members.append(("rope_scaling", scaling))
    }
    if !file.endTokens.isEmpty {
      members.append(("eos_token_id", .array(file.endTokens.map { .integer(Int64($0)) })))
    }
    try keys.requireAllRead()
    configuration = JSONNode(.object(JSONObject(members)), file: path)
  }

  private static let table = "token_embd.weight"
  /// What each pair's frequency is divided by.
  private static let factors = "rope_freqs.weight"

  private static func architecture(of file: GGUFParts) throws(GGUFError) -> GGUFArchitecture {
    func error(_ key: String, _ reason: String) -> GGUFError {
      GGUFError(path: file.path, problem: .key(key, reason: reason))
    }
    if let type = file.values["general.type"], type != .string("model") {
      throw error("general.type", "is \(type.text), and only a `model` is read")
    }
    let key = "general.architecture"
    let found = file.values[key]
    guard let known = GGUFArchitecture.all.first(where: { found == .string($0.name) }) else {
      let names = GGUFArchitecture.all.map(\.name).joined(separator: ", ")
      throw error(key, "is \(found?.text ?? "missing"); read are \(names)")
    }
    return known
  }

  private static func scaling(
    _ keys: inout GGUFKeys, factors: Weight?
  ) throws -> JSONValue? {
    let key = "rope.scaling.type"
    keys.ignore("rope.scaling.finetuned")
    let type = try keys.optionalText(key) ?? "none"
    if let factors {
      guard type == "none" else { throw keys.error(key, "stands beside `\(Self.factors)`") }
      let numbers = factors.floats().map { JSONValue.number(Double($0)) }
      return ["rope_type": "factors", "factors": .array(numbers)]
    }
    guard ["none", "linear", "yarn"].contains(type) else {
      throw keys.error(key, "is `\(type)`; read are none, linear and yarn")
    }
    guard type != "none" else { return nil }
    var members: [(String, JSONValue)] = [
      ("rope_type", .string(type)), ("factor", .number(try keys.number("rope.scaling.factor"))),
    ]
    if let length = try keys.optionalSize("rope.scaling.original_context_length") {
      members.append(("original_max_position_embeddings", .integer(Int64(length))))
    }
    for (stored, own) in [
      ("yarn_beta_fast", "beta_fast"), ("yarn_beta_slow", "beta_slow"),
      ("yarn_attn_factor", "attention_factor"),
    ] {
      if let number = try keys.optionalNumber("rope.scaling.\(stored)") {
        members.append((own, .number(number)))
      }
    }
    return .object(JSONObject(members))
  }

  /// The tensors by Hugging Face's names, as Hugging Face has them.
  ///
  /// Most stay where they are in the file. Rows that were reordered, LLaMA's queries and keys, are copied
  /// into memory as they are stored: about a twelfth of the file.
  func tensors() throws(GGUFError) -> NameTable<Weight> {
    var tensors: NameTable<Weight> = [:]
    for (name, weight) in stored where name != Self.factors {
      guard let own = architecture.name(ofTensor: name, blockCount: shape.blockCount) else {
        throw GGUFError(
          path: path,
          problem: .tensor(
            name, reason: "is none of a \(architecture.name) of \(shape.blockCount) blocks"))
      }
      tensors[own] = arranged(weight).named(own)
    }
    return tensors
  }

  private func arranged(_ weight: Weight) -> Weight {
    let part = weight.name.split(separator: ".").dropLast().last ?? ""
    if architecture.normOffset != 0, part.hasSuffix("norm") {
      let values = weight.floats().map { $0 - architecture.normOffset }
      return Weight(name: weight.name, floats: values, shape: weight.shape)
    }
    guard architecture.pairsRows, ["attn_q", "attn_k"].contains(part),
      let rows = weight.shape.first, weight.shape.count > 1 || weight.encoding.elementsPerBlock == 1
    else { return weight }
    let heads = part == "attn_q" ? shape.heads : shape.keyValueHeads
    // What is misshapen is told where tensors are taken.
    guard rows == heads * shape.headWidth, shape.headWidth % 2 == 0 else { return weight }
    let half = shape.headWidth / 2
    return weight.rows(
      inOrder: (0..<rows).map { row in
        let (head, within) = row.quotientAndRemainder(dividingBy: 2 * half)
        return head * 2 * half + within % half * 2 + within / half
      })
  }
}

extension GGUFShape {
  fileprivate init(_ keys: inout GGUFKeys, tensors: NameTable<Weight>) throws(GGUFError) {
    blockCount = try keys.size("block_count")
    hiddenSize = try keys.size("embedding_length")
    heads = try keys.size("attention.head_count")
    keyValueHeads = try keys.optionalSize("attention.head_count_kv") ?? heads
    if let width = try keys.optionalSize("attention.key_length") {
      headWidth = width
    } else {
      guard hiddenSize % heads == 0 else {
        throw keys.error("attention.head_count", "is \(heads), which does not divide \(hiddenSize)")
      }
      headWidth = hiddenSize / heads
    }
    for (key, what) in [
      ("attention.value_length", "values as wide as keys"),
      ("rope.dimension_count", "heads that rotate whole"),
    ] {
      if let width = try keys.optionalSize(key), width != headWidth {
        throw keys.error(key, "is \(width); read are \(what), \(headWidth)")
      }
    }
    hasAttentionBias = tensors["blk.0.attn_q.bias"] != nil
    hasFeedForwardBias = tensors["blk.0.ffn_up.bias"] != nil
  }
}
