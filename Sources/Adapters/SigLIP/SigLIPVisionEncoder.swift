public import LatentLensComponents

/// SigLIP's and SigLIP 2's vision towers at a fixed resolution.
public let siglip = Family("SigLIP", SigLIPVisionEncoder.self)

/// SigLIP's vision tower, and SigLIP 2's at a fixed resolution: learned positions, no CLS token, pre-norm
/// blocks (arXiv 2303.15343, 2502.14786; reference: transformers `modeling_siglip.py`).
///
/// The pooling head is not applied: features are those of patches.
public struct SigLIPVisionEncoder: VisionEncoder {
  public static let architectures = ["siglip_vision_model", "siglip"]
  public static let tensorNames = TensorNames(
    [.init("vision_model.")],
    unneeded: ["text_model.*", "logit_scale", "logit_bias", "*.position_ids", "head.*"])
  /// The text part, whether a pooling head follows, and what PaliGemma's files say of its connector.
  public static let irrelevantKeys =
    ConfigurationKeys.ofWordsAlone + [
      ConfigurationKeys.textMember, "vision_use_head", "num_image_tokens", "projection_dim",
      "projector_hidden_act",
    ]

  /// The keys of a SigLIP vision configuration, with the defaults of `SiglipVisionConfig`.
  ///
  /// A whole SigLIP checkpoint keeps them under `vision_config`.
  public struct Configuration: AdapterConfiguration {
    let vision: VisionConfiguration
    let intermediateSize: Int

    public init(_ keys: ConfigurationKeys) throws {
      let part = try keys.visionPart()
      vision = try VisionConfiguration(part, defaults: .init(activation: .geluTanh))
      intermediateSize = try part.intermediateSize(default: 3072)
    }
  }

  public let width: Int
  public let prefixTokenCount = 0
  public let finalNorm: (any Norm)?
  private let shape: VisionConfiguration
  private let patchEmbedding: PatchEmbedding
  private let positions: Embedding
  private let blocks: [Block]

  public var blockCount: Int { blocks.count }

  public init(_ configuration: Configuration, weights: WeightScope) {
    let c = configuration.vision
    shape = c
    width = c.hiddenSize
    let embeddings = weights / "embeddings"
    patchEmbedding = PatchEmbedding(c, embeddings / "patch_embedding", bias: true)
    positions = Embedding(embeddings / "position_embedding", count: c.side * c.side, width: width)
    blocks = (0..<c.blockCount).map { Block(configuration, weights / "encoder" / "layers" / $0) }
    finalNorm = LayerNorm(ifStored: c, weights / "post_layernorm")
  }

  public func check(_ pixels: PixelValues) throws(ImageObjection) {
    try pixels.checkPlanes(ofSide: shape.imageSize)
  }

  public func grid(for pixels: PixelValues) -> PatchGrid { pixels.grid(ofPatches: shape.patchSize) }

  public func encode(
    _ pixels: PixelValues, through depth: Int, observer: StageObserver
  ) -> Matrix {
    var x = patchEmbedding(pixels)
    x.add(repeating: positions(Array(0..<positions.count)))
    let crops = SequenceContext(Segments(crops: pixels.crops, rows: x.rows))
    return visionStream(x, through: depth, observer: observer) { blocks[$0](&$1, crops) }
  }
}

/// `x += attention(norm1(x)); x += feedForward(norm2(x))`, all with biases.
private struct Block: Sendable {
  let attentionNorm, feedForwardNorm: LayerNorm
  let attention: SelfAttention
  let feedForward: FeedForward

  init(_ configuration: SigLIPVisionEncoder.Configuration, _ weights: WeightScope) {
    let c = configuration.vision
    attentionNorm = LayerNorm(c, weights / "layer_norm1")
    attention = SelfAttention(c, weights / "self_attn", names: .encoder)
    feedForwardNorm = LayerNorm(c, weights / "layer_norm2")
    feedForward = FeedForward(c, weights / "mlp", inner: configuration.intermediateSize)
  }

  func callAsFunction(_ x: inout Matrix, _ crops: SequenceContext) {
    x.add(attention(attentionNorm(x), crops))
    x.add(feedForward(feedForwardNorm(x)))
  }
}
