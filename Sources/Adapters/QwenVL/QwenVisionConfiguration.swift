import LatentLensComponents

/// The keys of `vision_config` that the vision encoders and mergers of Qwen's VLMs share, with the
/// defaults of Hugging Face's `Qwen2VLVisionConfig` and its successors.
public struct QwenVisionConfiguration: Decodable, Sendable {
  /// The width of the residual stream. Qwen 2 calls it `embed_dim`, and keeps the decoder's under
  /// `hidden_size`.
  let width: Int
  let blockCount: Int
  let heads: Int
  /// Nil where the file is silent: Qwen 2 then takes a multiple of the width.
  let intermediateSize: Int?
  let widening: Int
  let activation: Activation?
  let channels: Int
  let patchSize: Int
  let frames: Int
  /// The side of the square of patches that become one visual token.
  let mergeSize: Int
  /// The side of an attention window, in pixels; Qwen 2.5 alone.
  let windowSize: Int
  /// The blocks that see the whole image, from 0; Qwen 2.5 alone.
  let fullAttentionBlocks: [Int]
  /// The number of learned positions; Qwen 3 alone.
  let positionCount: Int
  /// The blocks whose output is added to the decoder's first ones, from 0; Qwen 3 alone.
  let deepStackBlocks: [Int]
  let rotary: RotaryConfiguration

  enum CodingKeys: String, CodingKey {
    case embeddingWidth = "embed_dim"
    case hiddenSize = "hidden_size"
    case blockCount = "depth"
    case heads = "num_heads"
    case intermediateSize = "intermediate_size"
    case widening = "mlp_ratio"
    case activation = "hidden_act"
    case channels = "in_channels"
    case olderChannels = "in_chans"
    case patchSize = "patch_size"
    case frames = "temporal_patch_size"
    case mergeSize = "spatial_merge_size"
    case windowSize = "window_size"
    case fullAttentionBlocks = "fullatt_block_indexes"
    case positionCount = "num_position_embeddings"
    case deepStackBlocks = "deepstack_visual_indexes"
  }

  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    width =
      keys.contains(.embeddingWidth) ? try keys.size(.embeddingWidth) : try keys.size(.hiddenSize)
    blockCount = try keys.layerCount(.blockCount, default: 32)
    heads = try keys.size(.heads, default: 16)
    intermediateSize =
      keys.contains(.intermediateSize) ? try keys.size(.intermediateSize) : nil
    widening = try keys.size(.widening, default: 4)
    activation = try keys.decodeIfPresent(Activation.self, forKey: .activation)
    channels =
      try keys.contains(.channels)
      ? keys.size(.channels) : keys.size(.olderChannels, default: 3)
    patchSize = try keys.size(.patchSize, default: 14, limit: 1024)
    frames = try keys.size(.frames, default: 2, limit: 64)
    mergeSize = try keys.size(.mergeSize, default: 2, limit: 64)
    windowSize = try keys.size(.windowSize, default: 112)
    fullAttentionBlocks =
      try keys.decodeIfPresent([Int].self, forKey: .fullAttentionBlocks) ?? [7, 15, 23, 31]
    positionCount = try keys.size(.positionCount, default: 2304)
    deepStackBlocks =
      try keys.decodeIfPresent([Int].self, forKey: .deepStackBlocks) ?? [8, 16, 24]
    rotary = try RotaryConfiguration(from: decoder)
  }

  /// The number of values of a patch.
  var patchValues: Int { channels * frames * patchSize * patchSize }

  /// The raster in which the processor hands over patches: block by block of those that are merged.
  func blocks(of pixels: PixelValues) -> PatchGrid {
    PatchGrid(
      rows: pixels.frame.patchRows ?? 0, columns: pixels.frame.patchColumns ?? 0,
      patchSize: patchSize, squares: [mergeSize])
  }

  func objection(to pixels: PixelValues) -> String? {
    pixels.objection(toRasterOf: patchValues, multiplesOf: mergeSize)
  }

  /// The convolution over a patch and its frames, as the linear layer that it is.
  func patchEmbedding(_ weights: WeightScope, bias: Bool) -> Linear {
    let weight = weights.tensor("weight", [width, channels, frames, patchSize, patchSize])
    return Linear(
      weight.reshaped([width, patchValues]), bias: bias ? weights.vector("bias", width) : nil,
      compute: weights.compute)
  }

  func checkHeads() throws(UnsupportedConfiguration) {
    guard width % heads == 0 else {
      throw UnsupportedConfiguration(
        key: "num_heads", found: "\(heads)", supported: "divisors of the width \(width)")
    }
  }
}
