internal import LatentLensFormats

/// What llama.cpp's converter makes of an architecture: names of tensors, the order of rows, and keys.
///
/// Another architecture is another value in `all`, where a family reads what it yields.
struct GGUFArchitecture: Sendable {
  /// `general.architecture`, which is Hugging Face's `model_type` too.
  let name: String
  /// Whether rows of queries and keys are dealt so that pairs that rotate together lie side by side.
  var pairsRows = false
  /// What was added to the weights of norms.
  var normOffset: Float = 0
  /// A block's norms, and what Hugging Face calls them.
  let norms: [String: String]
  /// Reads the keys that not all have, as members of `config.json`.
  let members: @Sendable (inout GGUFKeys, GGUFShape) throws -> [(String, JSONValue)]

  static let all = [
    GGUFArchitecture(name: "llama", pairsRows: true, norms: before) { keys, shape in
      [
        ("rms_norm_eps", .number(try keys.number(epsilon))),
        ("attention_bias", .bool(shape.hasAttentionBias)),
        ("mlp_bias", .bool(shape.hasFeedForwardBias)),
      ]
    },
    GGUFArchitecture(name: "qwen2", norms: before) { keys, _ in
      [("rms_norm_eps", .number(try keys.number(epsilon)))]
    },
    GGUFArchitecture(name: "qwen3", norms: before, members: normed),
    GGUFArchitecture(
      name: "olmo2",
      norms: [
        "post_attention_norm": "post_attention_layernorm",
        "post_ffw_norm": "post_feedforward_layernorm",
      ], members: normed),
    GGUFArchitecture(
      name: "gemma2", normOffset: 1,
      norms: [
        "attn_norm": "input_layernorm", "post_attention_norm": "post_attention_layernorm",
        "ffn_norm": "pre_feedforward_layernorm", "post_ffw_norm": "post_feedforward_layernorm",
      ], members: gemma2),
    GGUFArchitecture(name: "granite", pairsRows: true, norms: before) { keys, shape in
      try normed(&keys, shape) + [
        ("mlp_bias", .bool(shape.hasFeedForwardBias)),
        ("attention_multiplier", .number(try keys.number("attention.scale"))),
        ("embedding_multiplier", .number(try keys.optionalNumber("embedding_scale") ?? 1)),
        ("residual_multiplier", .number(try keys.optionalNumber("residual_scale") ?? 1)),
        ("logits_scaling", .number(try keys.optionalNumber("logit_scale") ?? 1)),
      ]
    },
    GGUFArchitecture(name: "olmo", pairsRows: true, norms: [:]) { keys, shape in
      let (key, epsilon) = ("attention.layer_norm_epsilon", Float(1e-5))
      let found = try keys.number(key)
      guard Float(found) == epsilon else {
        throw keys.error(key, "is \(found), and OLMo's is \(epsilon)")
      }
      let clip = try keys.optionalNumber("attention.clamp_kqv")
      return [
        ("attention_bias", .bool(shape.hasAttentionBias)),
        ("clip_qkv", clip.map { $0 > 0 ? .number($0) : .null } ?? .null),
      ]
    },
  ]

  private static let epsilon = "attention.layer_norm_rms_epsilon"
  private static let before = [
    "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
  ]

  private static func normed(
    _ keys: inout GGUFKeys, _ shape: GGUFShape
  ) throws -> [(String, JSONValue)] {
    [
      ("rms_norm_eps", .number(try keys.number(epsilon))),
      ("attention_bias", .bool(shape.hasAttentionBias)),
    ]
  }

  /// The scale of the scores is not stored: it is the heads' width but for 27B, the one with 46 blocks.
  private static func gemma2(
    _ keys: inout GGUFKeys, _ shape: GGUFShape
  ) throws -> [(String, JSONValue)] {
    let scalar = shape.blockCount == 46 ? shape.hiddenSize / shape.heads : shape.headWidth
    return try normed(&keys, shape) + [
      ("query_pre_attn_scalar", .integer(Int64(scalar))),
      ("attn_logit_softcapping", .number(try keys.optionalNumber("attn_logit_softcapping") ?? 50)),
      (
        "final_logit_softcapping", .number(try keys.optionalNumber("final_logit_softcapping") ?? 30)
      ),
      (
        "sliding_window",
        .integer(Int64(try keys.optionalSize("attention.sliding_window") ?? 4096))
      ),
    ]
  }

  /// Hugging Face's name of a tensor; nil for one that the architecture does not have.
  func name(ofTensor stored: String, blockCount: Int) -> String? {
    let parts = stored.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard let kind = parts.last, ["weight", "bias"].contains(kind) else { return nil }
    if parts.count == 2 {
      return Self.outside[parts[0]].map { "\($0).\(kind)" }
    }
    guard parts.count == 4, parts[0] == "blk", let index = Int(parts[1]),
      0..<blockCount ~= index, String(index) == parts[1],
      let own = norms[parts[2]] ?? Self.inside[parts[2]]
    else { return nil }
    return "model.layers.\(index).\(own).\(kind)"
  }

  private static let outside = [
    "token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head",
  ]
  private static let inside = [
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
  ]
}

/// The sizes of a model that others follow from, and which tensors it has.
struct GGUFShape {
  let blockCount: Int
  let hiddenSize: Int
  let heads: Int
  let keyValueHeads: Int
  let headWidth: Int
  let hasAttentionBias: Bool
  let hasFeedForwardBias: Bool
}
