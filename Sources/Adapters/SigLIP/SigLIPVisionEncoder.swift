public import LatentLensComponents

/// SigLIP's vision tower, and SigLIP 2's at a fixed resolution: learned positions, no CLS token, pre-norm
/// blocks (arXiv 2303.15343, 2502.14786; reference: transformers `modeling_siglip.py`).
///
/// The norm after the last block and the pooling head are not applied: features are taken from the
/// residual stream.
public struct SigLIPVisionEncoder: VisionEncoder {
  public static let architectures = ["siglip_vision_model", "siglip"]
  public static let storedPrefixes = ["vision_model."]
  public static let foreignTensors = [
    "text_model.*", "logit_scale", "logit_bias", "*.position_ids", "post_layernorm.*", "head.*",
  ]

  public let width: Int
  public let blockCount: Int
  public let prefixTokenCount = 0
  private let patchSize: Int
  private let imageSize: Int
  private let patchEmbedding: PatchEmbedding
  private let positions: Embedding
  private let blocks: [Block]

  public init(
    _ configuration: Configuration, weights: WeightScope
  ) throws(UnsupportedConfiguration) {
    guard configuration.hiddenSize % configuration.heads == 0 else {
      throw UnsupportedConfiguration(
        key: "num_attention_heads", found: "\(configuration.heads)",
        supported: "divisors of the hidden size \(configuration.hiddenSize)")
    }
    guard configuration.imageSize >= configuration.patchSize else {
      throw UnsupportedConfiguration(
        key: "patch_size", found: "\(configuration.patchSize)",
        supported: "patches no larger than the image of \(configuration.imageSize)")
    }
    width = configuration.hiddenSize
    blockCount = configuration.blockCount
    patchSize = configuration.patchSize
    imageSize = configuration.imageSize
    // Pixels that fill no patch are left over: 384 gives 27 patches of 14.
    let side = imageSize / patchSize
    let embeddings = weights / "embeddings"
    patchEmbedding = PatchEmbedding(
      embeddings / "patch_embedding", channels: configuration.channels, patch: patchSize,
      width: width, bias: true)
    positions = Embedding(embeddings / "position_embedding", count: side * side, width: width)
    blocks = (0..<blockCount).map {
      Block(configuration, weights: weights / "encoder" / "layers" / $0)
    }
  }

  public func objection(to pixels: PixelValues) -> String? {
    pixels.objection(toSide: imageSize)
  }

  public func grid(for pixels: PixelValues) -> PatchGrid {
    PatchGrid(
      rows: pixels.height / patchSize, columns: pixels.width / patchSize, patchSize: patchSize)
  }

  public func encode(
    _ pixels: PixelValues, through depth: Int, observing observe: HiddenStateObserver
  ) {
    var x = patchEmbedding(pixels.values, height: pixels.height, width: pixels.width)
    x.add(repeating: positions(Array(0..<positions.count)))
    let crops = Segments(crops: pixels.crops, rows: x.rows)
    _ = residualStream(x, through: depth, observing: observe) { blocks[$0](&$1, crops) }
  }
}

/// `x += attention(norm1(x)); x += feedForward(norm2(x))`, all with biases.
private struct Block: Sendable {
  let attentionNorm: LayerNorm
  let query, key, value, output: Linear
  let attention: Attention
  let feedForwardNorm: LayerNorm
  let feedForward: FeedForward

  init(_ c: SigLIPVisionEncoder.Configuration, weights: WeightScope) {
    let width = c.hiddenSize
    attentionNorm = LayerNorm(weights / "layer_norm1", width: width, epsilon: c.epsilon)
    let projections = weights / "self_attn"
    query = Linear(projections / "q_proj", from: width, to: width, bias: true)
    key = Linear(projections / "k_proj", from: width, to: width, bias: true)
    value = Linear(projections / "v_proj", from: width, to: width, bias: true)
    output = Linear(projections / "out_proj", from: width, to: width, bias: true)
    attention = Attention(
      heads: c.heads, keyValueHeads: c.heads, headWidth: width / c.heads, mask: .full,
      compute: weights.compute)
    feedForwardNorm = LayerNorm(weights / "layer_norm2", width: width, epsilon: c.epsilon)
    feedForward = FeedForward(
      up: Linear(weights / "mlp" / "fc1", from: width, to: c.intermediateSize, bias: true),
      activation: c.activation,
      down: Linear(weights / "mlp" / "fc2", from: c.intermediateSize, to: width, bias: true))
  }

  func callAsFunction(_ x: inout Matrix, _ crops: Segments) {
    let h = attentionNorm(x)
    x.add(output(attention(query(h), key(h), value(h), segments: crops)))
    x.add(feedForward(feedForwardNorm(x)))
  }
}
