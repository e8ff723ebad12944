public import LatentLensComponents

/// The vision encoder of Qwen 2.5 VL: most blocks attend within windows, for which patches come window by
/// window; norms and feed-forward layers are those of a decoder, with biases (arXiv 2502.13923; reference:
/// transformers `modeling_qwen2_5_vl.py`).
public struct Qwen25VisionEncoder: VisionEncoder {
  public static let architectures = ["qwen2_5_vl_vision"]
  public static let tensorNames = TensorNames(unneeded: ["merger.*"])
  /// The decoder's width, which it tells itself, and a rate of videos.
  public static let irrelevantKeys =
    QwenVisionConfiguration.irrelevantKeys + ["out_hidden_size", "tokens_per_second"]

  /// The keys of `vision_config`, with the defaults of `Qwen2_5_VLVisionConfig`.
  public struct Configuration: AdapterConfiguration {
    let vision: QwenVisionConfiguration
    let intermediateSize: Int
    /// The side of an attention window, in patches.
    let window: Int
    /// The blocks that see the whole image, from 0.
    let fullAttentionBlocks: [Int]

    public init(_ keys: ConfigurationKeys) throws {
      vision = try QwenVisionConfiguration(keys, width: ("hidden_size", 3584), activation: .silu)
      intermediateSize = try keys.intermediateSize(default: 3420)
      fullAttentionBlocks = try keys.value("fullatt_block_indexes") ?? [7, 15, 23, 31]
      let pixels = try keys.size("window_size", default: 112)
      window = pixels / vision.mergeSize / vision.patchSize * vision.mergeSize
      guard window > 0 else {
        throw UnsupportedConfiguration(
          key: "window_size", found: "\(pixels)",
          supported:
            "at least the \(vision.mergeSize * vision.patchSize) pixels of a visual token")
      }
    }
  }

  public let width: Int
  public let prefixTokenCount = 0
  private let configuration: Configuration
  private let patchEmbedding: Linear
  private let blocks: [Block]

  public var blockCount: Int { blocks.count }

  public init(_ c: Configuration, weights: WeightScope) {
    configuration = c
    width = c.vision.width
    patchEmbedding = c.vision.patchEmbedding(weights / "patch_embed" / "proj", bias: false)
    blocks = (0..<c.vision.blockCount).map { Block(c, weights / "blocks" / $0) }
  }

  public func check(_ pixels: PixelValues) throws(ImageObjection) {
    try configuration.vision.check(pixels)
  }

  public func grid(for pixels: PixelValues) -> PatchGrid {
    let raster = configuration.vision.raster(of: pixels)
    return PatchGrid(
      rows: raster.rows, columns: raster.columns, patchSize: raster.patchSize,
      squares: [configuration.window, configuration.vision.mergeSize])
  }

  public func encode(
    _ pixels: PixelValues, through depth: Int, observer: StageObserver
  ) -> Matrix {
    let grid = grid(for: pixels)
    let image = SequenceContext(Segments(counts: [grid.count], coordinates: grid.coordinates))
    let windows = SequenceContext(
      Segments(
        counts: grid.counts(ofSquares: configuration.window), coordinates: grid.coordinates))
    let x = patchEmbedding(pixels.rows)
      .gather(grid.indices(in: configuration.vision.raster(of: pixels)))
    return visionStream(x, through: depth, observer: observer) { index, x in
      let isFull = configuration.fullAttentionBlocks.contains(index)
      blocks[index](&x, isFull ? image : windows)
    }
  }
}

/// `x += attention(norm1(x)); x += feedForward(norm2(x))`.
private struct Block: Sendable {
  let attentionNorm, feedForwardNorm: RMSNorm
  let attention: SelfAttention
  let feedForward: GatedFeedForward

  init(_ configuration: Qwen25VisionEncoder.Configuration, _ weights: WeightScope) {
    let c = configuration.vision
    attentionNorm = RMSNorm(weights / "norm1", width: c.width, epsilon: 1e-6)
    attention = c.attention(weights / "attn")
    feedForwardNorm = RMSNorm(weights / "norm2", width: c.width, epsilon: 1e-6)
    feedForward = GatedFeedForward(
      weights / "mlp", width: c.width, inner: configuration.intermediateSize,
      activation: c.activation, bias: true)
  }

  func callAsFunction(_ x: inout Matrix, _ patches: SequenceContext) {
    x.add(attention(attentionNorm(x), patches))
    x.add(feedForward(feedForwardNorm(x)))
  }
}
