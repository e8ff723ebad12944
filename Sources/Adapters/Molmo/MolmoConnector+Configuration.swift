public import LatentLensComponents

extension MolmoConnector {
  /// The connector's keys in the whole `config.json`, with the defaults of `Molmo2Config`; what Molmo's
  /// file does not say, its code fixes.
  public struct Configuration: AdapterConfiguration {
    /// The width of a pooled square.
    let width: Int
    let heads: Int
    let headWidth: Int
    let intermediateSize: Int
    let activation: Activation
    /// Patches along a side of a crop.
    let side: Int
    let newTokens: Int
    let wholeStartToken: Int
    let startToken: Int
    let endToken: Int
    let patchToken: Int
    let columnToken: Int
    /// Whether embeddings tell patches that show padding.
    let marksPadding: Bool
    /// Whether the image's tokens see each other in both directions.
    let isBidirectional: Bool
    /// The encoder's layers that feed the connector, as states: 0 is what enters the first block.
    let featureLayers: [Int]

    public init(_ keys: ConfigurationKeys) throws {
      if try keys.modelType() == "molmo" {
        let vision: MolmoVisionConfiguration = try keys.also()
        width = vision.width
        heads = vision.heads
        headWidth = vision.headWidth
        activation = .silu
        intermediateSize = try keys.intermediateSize(default: 22016) / 2
        side = vision.side
        newTokens = try keys.newTokenCount()
        // The tokens around the image are the first behind the vocabulary.
        let words = try keys.size("vocab_size")
        let first = try keys.size("embedding_size", default: words)
        (startToken, wholeStartToken, endToken) = (first, first, first + 1)
        (patchToken, columnToken) = (first + 2, first + 3)
        marksPadding = true
        isBidirectional = false
        featureLayers = try keys.layers("vit_layers", default: [-2, -9])
      } else {
        let vision = try MolmoVisionConfiguration(
          keys.object("vit_config", ConfigurationKeys.visionMember))
        let adapter = try keys.object("adapter_config")
        let text = try keys.object(ConfigurationKeys.textMember)
        width = try adapter.hiddenSize(default: 1152)
        heads = try adapter.size("num_attention_heads", default: 16)
        headWidth = try adapter.headWidth(default: 72)
        activation = try adapter.hiddenActivation(default: .silu)
        intermediateSize = try adapter.intermediateSize(default: 18944)
        side = vision.side
        newTokens = try text.newTokenCount()
        startToken = try keys.token("image_start_token_id", default: 151936)
        wholeStartToken = try keys.token("low_res_image_start_token_id", default: 151940)
        endToken = try keys.token("image_end_token_id", default: 151937)
        patchToken = try keys.imageToken("image_patch_id", default: 151938)
        columnToken = try keys.token("image_col_id", default: 151939)
        marksPadding = false
        isBidirectional = true
        let layers = try adapter.layers("vit_layers", "vision_feature_layer", default: [24, 18])
        try adapter.requirePooling(heads: heads, outputs: text.hiddenSize(default: 4096))
        // Blocks are counted from 0 here, or from the end of those that the file declares.
        featureLayers = layers.map { ($0 < 0 ? $0 + vision.blockCount : $0) + 1 }
      }
    }
  }
}

extension ConfigurationKeys {
  /// Makes sure that pools attend and project as they do here.
  fileprivate func requirePooling(heads: Int, outputs: Int) throws {
    try require("num_key_value_heads", toBe: heads)
    try require("attention_bias", toBe: true)
    try require("mlp_bias", toBe: false)
    try require("pooling_attention_mask", toBe: true)
    try require("text_hidden_size", toBe: outputs)
  }
}
