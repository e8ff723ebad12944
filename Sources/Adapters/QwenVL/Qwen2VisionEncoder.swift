public import LatentLensComponents

/// The vision encoder of Qwen 2 VL: patches of any raster, turned by row and column, pre-norm blocks with
/// attention over the whole image (arXiv 2409.12191; reference: transformers `modeling_qwen2_vl.py`).
public struct Qwen2VisionEncoder: VisionEncoder {
  public typealias Configuration = QwenVisionConfiguration

  public static let architectures = ["qwen2_vl_vision"]
  public static let foreignTensors = ["merger.*"]

  public let width: Int
  public let blockCount: Int
  public let prefixTokenCount = 0
  private let configuration: QwenVisionConfiguration
  private let patchEmbedding: Linear
  private let rotary: RotaryEmbedding
  private let blocks: [Block]

  public init(
    _ configuration: QwenVisionConfiguration, weights: WeightScope
  ) throws(UnsupportedConfiguration) {
    try configuration.checkHeads()
    self.configuration = configuration
    width = configuration.width
    blockCount = configuration.blockCount
    patchEmbedding = configuration.patchEmbedding(weights / "patch_embed" / "proj", bias: false)
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
    let x = patchEmbedding(
      Matrix(rows: grid.count, columns: configuration.patchValues, values: pixels.values))
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
    let inner = c.width * c.widening
    feedForward = FeedForward(
      up: Linear(weights / "mlp" / "fc1", from: c.width, to: inner, bias: true),
      activation: c.activation ?? .quickGELU,
      down: Linear(weights / "mlp" / "fc2", from: inner, to: c.width, bias: true))
  }

  func callAsFunction(_ x: inout Matrix, _ rotary: RotaryEmbedding, _ image: Segments) {
    x.add(attention(attentionNorm(x), rotary, image))
    x.add(feedForward(feedForwardNorm(x)))
  }
}
