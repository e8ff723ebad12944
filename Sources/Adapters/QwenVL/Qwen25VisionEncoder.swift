public import LatentLensComponents

/// The vision encoder of Qwen 2.5 VL: most blocks attend within windows, for which patches come window by
/// window; norms and feed-forward layers are those of a decoder, with biases (arXiv 2502.13923; reference:
/// transformers `modeling_qwen2_5_vl.py`).
public struct Qwen25VisionEncoder: VisionEncoder {
  public typealias Configuration = QwenVisionConfiguration

  public static let architectures = ["qwen2_5_vl_vision"]
  public static let foreignTensors = ["merger.*"]

  public let width: Int
  public let blockCount: Int
  public let prefixTokenCount = 0
  private let configuration: QwenVisionConfiguration
  /// The side of a window, in patches.
  private let window: Int
  private let patchEmbedding: Linear
  private let rotary: RotaryEmbedding
  private let blocks: [Block]

  public init(
    _ configuration: QwenVisionConfiguration, weights: WeightScope
  ) throws(UnsupportedConfiguration) {
    try configuration.checkHeads()
    let merge = configuration.mergeSize
    window = configuration.windowSize / merge / configuration.patchSize * merge
    guard window > 0 else {
      throw UnsupportedConfiguration(
        key: "window_size", found: "\(configuration.windowSize)",
        supported: "at least the \(merge * configuration.patchSize) pixels of a visual token")
    }
    self.configuration = configuration
    width = configuration.width
    blockCount = configuration.blockCount
    patchEmbedding = configuration.patchEmbedding(weights / "patch_embed" / "proj", bias: false)
    rotary = try configuration.rotary.axialEmbedding(
      headWidth: width / configuration.heads, compute: weights.compute)
    blocks = (0..<blockCount).map { Block(configuration, weights: weights / "blocks" / $0) }
  }

  public func objection(to pixels: PixelValues) -> String? { configuration.objection(to: pixels) }

  public func grid(for pixels: PixelValues) -> PatchGrid {
    let blocks = configuration.blocks(of: pixels)
    return PatchGrid(
      rows: blocks.rows, columns: blocks.columns, patchSize: blocks.patchSize,
      squares: [window, configuration.mergeSize])
  }

  public func encode(
    _ pixels: PixelValues, through depth: Int, observing observe: HiddenStateObserver
  ) {
    let grid = grid(for: pixels)
    let image = Segments(counts: [grid.count], coordinates: grid.coordinates)
    let windows = Segments(
      counts: grid.counts(ofSquares: window), coordinates: grid.coordinates)
    let patches = Matrix(
      rows: grid.count, columns: configuration.patchValues, values: pixels.values)
    let x = patchEmbedding(patches).gather(grid.indices(in: configuration.blocks(of: pixels)))
    _ = residualStream(x, through: depth, observing: observe) { index, x in
      let isFull = configuration.fullAttentionBlocks.contains(index)
      blocks[index](&x, rotary, isFull ? image : windows)
    }
  }
}

/// `x += attention(norm1(x)); x += feedForward(norm2(x))`.
private struct Block: Sendable {
  let attentionNorm, feedForwardNorm: RMSNorm
  let attention: QwenVisionAttention
  let feedForward: GatedFeedForward

  init(_ c: QwenVisionConfiguration, weights: WeightScope) {
    attentionNorm = RMSNorm(weights / "norm1", width: c.width, epsilon: 1e-6)
    attention = QwenVisionAttention(c, weights: weights / "attn")
    feedForwardNorm = RMSNorm(weights / "norm2", width: c.width, epsilon: 1e-6)
    let inner = c.intermediateSize ?? 3420
    let mlp = weights / "mlp"
    feedForward = GatedFeedForward(
      gate: Linear(mlp / "gate_proj", from: c.width, to: inner, bias: true),
      up: Linear(mlp / "up_proj", from: c.width, to: inner, bias: true),
      activation: c.activation ?? .silu,
      down: Linear(mlp / "down_proj", from: inner, to: c.width, bias: true))
  }

  func callAsFunction(_ x: inout Matrix, _ rotary: RotaryEmbedding, _ segments: Segments) {
    x.add(attention(attentionNorm(x), rotary, segments))
    x.add(feedForward(feedForwardNorm(x)))
  }
}
