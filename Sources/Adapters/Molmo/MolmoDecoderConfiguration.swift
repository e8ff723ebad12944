public import LatentLensComponents

/// The decoder's keys: Molmo's `config.json`, or Molmo 2's `text_config`, with the defaults of
/// `Molmo2TextConfig`.
public struct MolmoDecoderConfiguration: AdapterConfiguration {
  /// Where queries and keys are normed before they are rotated.
  enum QueryKeyNorm: String, Decodable {
    case byHead = "qwen3"
    case overAllChannels = "olmo"
  }

  let decoder: DecoderConfiguration
  /// Molmo and not Molmo 2.
  let isFirst: Bool
  /// The width of one half of the fused layer.
  let intermediateSize: Int
  let attentionBias: Bool
  let queryKeyNorm: QueryKeyNorm?
  let normsAfter: Bool
  let tiesEmbeddings: Bool
  private let scaledBlocks: [Int]?

  public init(_ keys: ConfigurationKeys) throws {
    isFirst = try keys.modelType() == "molmo"
    let defaults: DecoderConfiguration.Defaults =
      isFirst
      ? .init(
        intermediateSize: 22016, vocabularySize: 151936, maximumPositions: 36864, epsilon: 1e-5)
      : .init(
        intermediateSize: 12288, blockCount: 36, keyValueHeads: 8, headWidth: 128,
        vocabularySize: 151936, maximumPositions: 36864)
    decoder = try DecoderConfiguration(
      keys, defaults: defaults,
      names: .init(
        epsilon: keys.contains("layer_norm_eps") ? "layer_norm_eps" : "rms_norm_eps",
        vocabularySize: isFirst && keys.contains("embedding_size")
          ? "embedding_size" : "vocab_size"))
    // Molmo counts both halves of the fused layer.
    intermediateSize = isFirst ? decoder.intermediateSize / 2 : decoder.intermediateSize
    let fusedBias = try keys.flag("qkv_bias", default: false)
    normsAfter = try keys.flag("norm_after", default: false)
    if isFirst {
      attentionBias = fusedBias
      queryKeyNorm =
        try keys.flag("attention_layer_norm", default: false) ? .overAllChannels : nil
      tiesEmbeddings = try keys.flag("weight_tying", default: false)
      scaledBlocks = nil
      try keys.require("layer_norm_type", toBe: "rms")
    } else {
      attentionBias = try keys.attentionBias(default: fusedBias)
      queryKeyNorm = try keys.value("qk_norm_type", as: QueryKeyNorm.self) ?? .byHead
      tiesEmbeddings = false
      scaledBlocks = try keys.value("rope_scaling_layers")
      try keys.require("use_qk_norm", toBe: true)
      // The table is larger than the head, which has no rows for additional tokens.
      try keys.require("tie_word_embeddings", toBe: false)
    }
  }

  /// Whether the frequencies of a block's rotary embedding are scaled; all are where the file is silent.
  func scalesRotary(ofBlock index: Int) -> Bool { scaledBlocks?.contains(index) ?? true }
}
