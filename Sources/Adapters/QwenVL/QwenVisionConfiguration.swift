import LatentLensComponents

/// The keys of `vision_config` that the vision encoders and mergers of Qwen's VLMs share.
struct QwenVisionConfiguration: Sendable {
  /// Keys that are published beside those that count.
  static let irrelevantKeys = ConfigurationKeys.ofWordsAlone + ["spatial_patch_size"]

  /// The width of the residual stream.
  let width: Int
  let blockCount: Int
  let heads: Int
  let activation: Activation
  let patchSize: Int
  let frames: Int
  /// The side of the square of patches that become one visual token.
  let mergeSize: Int
  private let channels: Int
  private let theta: Double

  /// - Parameters:
  ///   - width: what the file calls the width of the residual stream, and what it is where it is silent.
  ///   - depth: the number of blocks where the file is silent; so of the others.
  init(
    _ keys: ConfigurationKeys, width: (name: String, standard: Int), depth: Int = 32,
    activation: Activation, patchSize: Int = 14
  ) throws {
    self.width = try keys.size(width.name, default: width.standard)
    blockCount = try keys.layerCount("depth", default: depth)
    heads = try keys.size("num_heads", default: 16)
    self.activation = try keys.hiddenActivation(default: activation)
    channels = try keys.size("in_channels", default: 3)
    try keys.require("in_chans", toBe: 3)
    self.patchSize = try keys.size("patch_size", default: patchSize, limit: 1024)
    frames = try keys.size("temporal_patch_size", default: 2, limit: 64)
    mergeSize = try keys.size("spatial_merge_size", default: 2, limit: 64)
    theta = try keys.axialRotaryTheta()
    guard self.width % (4 * heads) == 0 else {
      throw UnsupportedConfiguration(
        key: "num_heads", found: "\(heads)",
        supported: "heads of \(self.width) that have pairs for rows and as many for columns")
    }
    guard self.width <= WeightScope.widest / (mergeSize * mergeSize) else {
      throw UnsupportedConfiguration(
        key: "spatial_merge_size", found: "\(mergeSize)",
        supported:
          "squares of less than \(WeightScope.widest) numbers, of which each patch has \(self.width)"
      )
    }
    try keys.require("head_dim", toBe: self.width / heads)
  }

  /// The number of values of a patch.
  var patchValues: Int { channels * frames * patchSize * patchSize }

  /// Patches of any raster that squares of those that are merged fill, one square after the other.
  func check(_ pixels: PixelValues) throws(ImageObjection) {
    let grid = try pixels.raster(ofFeatures: patchValues, multiplesOf: mergeSize)
    let squares = PatchGrid(
      rows: grid.rows, columns: grid.columns, patchSize: grid.patchSize, squares: [mergeSize])
    guard grid.places == squares.places else {
      throw ImageObjection(
        "the patches do not come in squares of \(mergeSize) by \(mergeSize), which are merged here")
    }
  }

  /// The raster of patches, in the order in which they come; an empty one for pixels that are no patches.
  func raster(of pixels: PixelValues) -> PatchGrid {
    guard case .patches(let grid, _) = pixels.layout else {
      return PatchGrid(rows: 0, columns: 0, patchSize: patchSize)
    }
    return grid
  }

  /// The convolution over a patch and its frames, as the linear layer that it is.
  func patchEmbedding(_ weights: WeightScope, bias: Bool) -> Linear {
    let weight = weights.tensor("weight", [width, channels, frames, patchSize, patchSize])
    return Linear(
      weight.reshaped([width, patchValues]), bias: bias ? weights.vector("bias", width) : nil,
      compute: weights.compute)
  }

  /// Attention among patches that are turned by their row and column, projections stored as one
  /// (arXiv 2409.12191; reference: transformers `VisionAttention`).
  func attention(_ weights: WeightScope) -> SelfAttention {
    let parts = Linear.fused(weights / "qkv", from: width, to: [width, width, width], bias: true)
    return SelfAttention(
      query: parts[0], key: parts[1], value: parts[2],
      output: Linear(weights / "proj", from: width, to: width, bias: true),
      rotary: RotaryEmbedding(
        axialHeadWidth: width / heads, theta: theta, compute: weights.compute),
      attention: Attention(
        heads: heads, keyValueHeads: heads, headWidth: width / heads, mask: .full,
        compute: weights.compute))
  }
}
