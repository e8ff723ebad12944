public import LatentLensComponents

/// The vision encoder of Qwen 2 VL: patches of any raster, turned by row and column, pre-norm blocks with
/// attention over the whole image (arXiv 2409.12191; reference: transformers `modeling_qwen2_vl.py`).
public struct Qwen2VisionEncoder: VisionEncoder {
  public static let architectures = ["qwen2_vl_vision"]
  public static let tensorNames = TensorNames(unneeded: ["merger.*"])
  /// The decoder's width, which it tells itself.
  public static let irrelevantKeys = QwenVisionConfiguration.irrelevantKeys + ["hidden_size"]

  /// The keys of `vision_config`, with the defaults of `Qwen2VLVisionConfig`.
  public struct Configuration: AdapterConfiguration {
    let vision: QwenVisionConfiguration
    let widening: Int

    public init(_ keys: ConfigurationKeys) throws {
      vision = try QwenVisionConfiguration(
        keys, width: ("embed_dim", 1280), activation: .quickGELU)
      widening = try keys.size("mlp_ratio", default: 4)
    }
  }

  public let width: Int
  public let prefixTokenCount = 0
  private let shape: QwenVisionConfiguration
  private let patchEmbedding: Linear
  private let blocks: [Block]

  public var blockCount: Int { blocks.count }

  public init(_ c: Configuration, weights: WeightScope) {
    shape = c.vision
    width = shape.width
    patchEmbedding = shape.patchEmbedding(weights / "patch_embed" / "proj", bias: false)
    blocks = (0..<shape.blockCount).map { Block(c, weights / "blocks" / $0) }
  }

  public func check(_ pixels: PixelValues) throws(ImageObjection) { try shape.check(pixels) }

  public func grid(for pixels: PixelValues) -> PatchGrid { shape.raster(of: pixels) }

  public func encode(
    _ pixels: PixelValues, through depth: Int, observer: StageObserver
  ) -> Matrix {
    let grid = grid(for: pixels)
    let image = SequenceContext(Segments(counts: [grid.count], coordinates: grid.coordinates))
    return visionStream(patchEmbedding(pixels.rows), through: depth, observer: observer) {
      blocks[$0](&$1, image)
    }
  }
}

/// `x += attention(norm1(x)); x += feedForward(norm2(x))`, all with biases.
private struct Block: Sendable {
  let attentionNorm, feedForwardNorm: LayerNorm
  let attention: SelfAttention
  let feedForward: FeedForward

  init(_ configuration: Qwen2VisionEncoder.Configuration, _ weights: WeightScope) {
    let c = configuration.vision
    attentionNorm = LayerNorm(weights / "norm1", width: c.width, epsilon: 1e-6)
    attention = c.attention(weights / "attn")
    feedForwardNorm = LayerNorm(weights / "norm2", width: c.width, epsilon: 1e-6)
    feedForward = FeedForward(
      weights / "mlp", width: c.width, inner: c.width * configuration.widening,
      activation: c.activation)
  }

  func callAsFunction(_ x: inout Matrix, _ image: SequenceContext) {
    x.add(attention(attentionNorm(x), image))
    x.add(feedForward(feedForwardNorm(x)))
  }
}
