public import LatentLensComponents

/// The vision encoder of Qwen 3 VL: learned positions, resampled for each raster, beside those that turn
/// by row and column, and pre-norm blocks over the whole image (arXiv 2511.21631; reference:
/// transformers `modeling_qwen3_vl.py`).
public struct Qwen3VisionEncoder: VisionEncoder {
  public static let architectures = ["qwen3_vl_vision"]
  public static let tensorNames = TensorNames(unneeded: ["merger.*", "deepstack_merger_list.*"])
  /// The decoder's width, which it tells itself.
  public static let irrelevantKeys = QwenVisionConfiguration.irrelevantKeys + ["out_hidden_size"]

  /// The keys of `vision_config`, with the defaults of `Qwen3VLVisionConfig`.
  public struct Configuration: AdapterConfiguration {
    let vision: QwenVisionConfiguration
    let intermediateSize: Int
    /// The side of the square of learned positions.
    let side: Int
    /// The blocks whose output is added to the decoder's first ones, from 0.
    let deepStackBlocks: [Int]

    public init(_ keys: ConfigurationKeys) throws {
      vision = try QwenVisionConfiguration(
        keys, width: ("hidden_size", 1152), depth: 27, activation: .geluTanh, patchSize: 16)
      intermediateSize = try keys.intermediateSize(default: 4304)
      deepStackBlocks = try keys.value("deepstack_visual_indexes") ?? [8, 16, 24]
      let known = 0..<vision.blockCount
      guard deepStackBlocks.allSatisfy({ known ~= $0 }) else {
        throw UnsupportedConfiguration(
          key: "deepstack_visual_indexes", found: "\(deepStackBlocks)",
          supported: "the \(known.count) blocks from 0")
      }
      let count = try keys.size("num_position_embeddings", default: 2304)
      side = Int(Double(count).squareRoot())
      guard side * side == count else {
        throw UnsupportedConfiguration(
          key: "num_position_embeddings", found: "\(count)", supported: "squares")
      }
    }
  }

  public let width: Int
  public let prefixTokenCount = 0
  private let shape: QwenVisionConfiguration
  private let patchEmbedding: Linear
  private let positions: PositionGrid
  private let blocks: [Block]

  public var blockCount: Int { blocks.count }

  public init(_ c: Configuration, weights: WeightScope) {
    shape = c.vision
    width = shape.width
    patchEmbedding = shape.patchEmbedding(weights / "patch_embed" / "proj", bias: true)
    positions = PositionGrid(
      (weights / "pos_embed").tensor("weight", [c.side * c.side, width]), side: c.side,
      resampling: .alignedBilinear)
    blocks = (0..<shape.blockCount).map { Block(c, weights / "blocks" / $0) }
  }

  public func check(_ pixels: PixelValues) throws(ImageObjection) { try shape.check(pixels) }

  public func grid(for pixels: PixelValues) -> PatchGrid { shape.raster(of: pixels) }

  public func encode(
    _ pixels: PixelValues, through depth: Int, observer: StageObserver
  ) -> Matrix {
    let grid = grid(for: pixels)
    let image = SequenceContext(Segments(counts: [grid.count], coordinates: grid.coordinates))
    var x = patchEmbedding(pixels.rows)
    x.add(positions(rows: grid.rows, columns: grid.columns).gather(grid.places))
    return visionStream(x, through: depth, observer: observer) { blocks[$0](&$1, image) }
  }
}

/// `x += attention(norm1(x)); x += feedForward(norm2(x))`, all with biases.
private struct Block: Sendable {
  let attentionNorm, feedForwardNorm: LayerNorm
  let attention: SelfAttention
  let feedForward: FeedForward

  init(_ configuration: Qwen3VisionEncoder.Configuration, _ weights: WeightScope) {
    let c = configuration.vision
    attentionNorm = LayerNorm(weights / "norm1", width: c.width, epsilon: 1e-6)
    attention = c.attention(weights / "attn")
    feedForwardNorm = LayerNorm(weights / "norm2", width: c.width, epsilon: 1e-6)
    feedForward = FeedForward(
      weights / "mlp", width: c.width, inner: configuration.intermediateSize,
      activation: c.activation, names: ("linear_fc1", "linear_fc2"))
  }

  func callAsFunction(_ x: inout Matrix, _ image: SequenceContext) {
    x.add(attention(attentionNorm(x), image))
    x.add(feedForward(feedForwardNorm(x)))
  }
}
