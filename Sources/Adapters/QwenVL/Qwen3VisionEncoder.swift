public import LatentLensComponents

/// The vision encoder of Qwen 3 VL: learned positions, resampled for each raster, beside those that turn
/// by row and column, and pre-norm blocks over the whole image (arXiv 2511.21631; reference:
/// transformers `modeling_qwen3_vl.py`).
public struct Qwen3VisionEncoder: VisionEncoder {
  public typealias Configuration = QwenVisionConfiguration

  public static let architectures = ["qwen3_vl_vision"]
  public static let foreignTensors = ["merger.*", "deepstack_merger_list.*"]

  public let width: Int
  public let blockCount: Int
  public let prefixTokenCount = 0
  private let configuration: QwenVisionConfiguration
  private let patchEmbedding: Linear
  private let positions: PositionGrid
  private let rotary: RotaryEmbedding
  private let blocks: [Block]

  public init(
    _ configuration: QwenVisionConfiguration, weights: WeightScope
  ) throws(UnsupportedConfiguration) {
    try configuration.checkHeads()
    self.configuration = configuration
    width = configuration.width
    blockCount = configuration.blockCount
    patchEmbedding = configuration.patchEmbedding(weights / "patch_embed" / "proj", bias: true)
    let count = configuration.positionCount
    guard let side = (1...count).first(where: { $0 * $0 >= count }), side * side == count else {
      throw UnsupportedConfiguration(
        key: "num_position_embeddings", found: "\(count)", supported: "squares")
    }
    positions = PositionGrid(
      (weights / "pos_embed").tensor("weight", [count, width]), side: side,
      resampling: .alignedBilinear)
    rotary = try configuration.rotary.axialEmbedding(
      headWidth: width / configuration.heads, compute: weights.compute)
    blocks = (0..<blockCount).map { Block(configuration, weights: weights / "blocks" / $0) }
  }

  public func objection(to pixels: PixelValues) -> String? { configuration.objection(to: pixels) }

  public func grid(for pixels: PixelValues) -> PatchGrid { configuration.blocks(of: pixels) }

  public func encode(
    _ pixels: PixelValues, through depth: Int, observing observe: HiddenStateObserver
  ) {
    let grid = grid(for: pixels)
    let image = Segments(counts: [grid.count], coordinates: grid.coordinates)
    var x = patchEmbedding(
      Matrix(rows: grid.count, columns: configuration.patchValues, values: pixels.values))
    x.add(positions(rows: grid.rows, columns: grid.columns).gather(grid.places))
    _ = residualStream(x, through: depth, observing: observe) { blocks[$0](&$1, rotary, image) }
  }
}

/// `x += attention(norm1(x)); x += feedForward(norm2(x))`, all with biases.
private struct Block: Sendable {
  let attentionNorm, feedForwardNorm: LayerNorm
  let attention: QwenVisionAttention
  let feedForward: FeedForward

  init(_ c: QwenVisionConfiguration, weights: WeightScope) {
    attentionNorm = LayerNorm(weights / "norm1", width: c.width, epsilon: 1e-6)
    attention = QwenVisionAttention(c, weights: weights / "attn")
    feedForwardNorm = LayerNorm(weights / "norm2", width: c.width, epsilon: 1e-6)
    let inner = c.intermediateSize ?? 4304
    let mlp = weights / "mlp"
    feedForward = FeedForward(
      up: Linear(mlp / "linear_fc1", from: c.width, to: inner, bias: true),
      activation: c.activation ?? .geluTanh,
      down: Linear(mlp / "linear_fc2", from: inner, to: c.width, bias: true))
  }

  func callAsFunction(_ x: inout Matrix, _ rotary: RotaryEmbedding, _ image: Segments) {
    x.add(attention(attentionNorm(x), rotary, image))
    x.add(feedForward(feedForwardNorm(x)))
  }
}
