import LatentLensComponents

extension DINOv2Encoder {
  /// The keys of `config.json` that a DINOv2 reads, with the defaults of Hugging Face's `Dinov2Config`
  /// and `Dinov2WithRegistersConfig`.
  public struct Configuration: Decodable, Sendable {
    let hiddenSize: Int
    let blockCount: Int
    let heads: Int
    let expansion: Int
    let channels: Int
    let imageSize: Int
    let patchSize: Int
    let activation: Activation
    let epsilon: Float
    let attentionBias: Bool
    let isGated: Bool
    let registerCount: Int
    /// How much larger than it is a raster counts when positions are resampled: 0.1 in DINOv2's own
    /// code, which the method's VLMs follow; transformers has no such offset, and no such key.
    let interpolationOffset: Double?

    enum CodingKeys: String, CodingKey {
      case modelType = "model_type"
      case hiddenSize = "hidden_size"
      case blockCount = "num_hidden_layers"
      case heads = "num_attention_heads"
      case expansion = "mlp_ratio"
      case channels = "num_channels"
      case imageSize = "image_size"
      case patchSize = "patch_size"
      case activation = "hidden_act"
      case epsilon = "layer_norm_eps"
      case attentionBias = "qkv_bias"
      case isGated = "use_swiglu_ffn"
      case registerCount = "num_register_tokens"
      case interpolationOffset = "interpolate_offset"
    }

    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      hiddenSize = try keys.size(.hiddenSize, default: 768)
      blockCount = try keys.layerCount(.blockCount, default: 12)
      heads = try keys.size(.heads, default: 12)
      expansion = try keys.size(.expansion, default: 4)
      channels = try keys.size(.channels, default: 3)
      imageSize = try keys.size(.imageSize, default: 224)
      patchSize = try keys.size(.patchSize, default: 14)
      activation = try keys.decodeIfPresent(Activation.self, forKey: .activation) ?? .gelu
      epsilon = try keys.decodeIfPresent(Float.self, forKey: .epsilon) ?? 1e-6
      attentionBias = try keys.decodeIfPresent(Bool.self, forKey: .attentionBias) ?? true
      isGated = try keys.decodeIfPresent(Bool.self, forKey: .isGated) ?? false
      let hasRegisters =
        try keys.decodeIfPresent(String.self, forKey: .modelType) == "dinov2_with_registers"
      interpolationOffset = try keys.decodeIfPresent(Double.self, forKey: .interpolationOffset)
      registerCount = hasRegisters ? try keys.size(.registerCount, default: 4) : 0
    }
  }
}
