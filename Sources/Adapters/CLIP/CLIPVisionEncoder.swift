public import LatentLensComponents

/// CLIP's vision towers.
public let clip = Family("CLIP", CLIPVisionEncoder.self)

/// CLIP's vision tower at any size: CLS token, learned positions, a norm before the first block, and
/// pre-norm blocks (arXiv 2103.00020; reference: transformers `modeling_clip.py`).
public struct CLIPVisionEncoder: VisionEncoder {
  public static let architectures = ["clip_vision_model", "clip"]
  public static let tensorNames = TensorNames(
    [.init("vision_model.")],
    unneeded: [
      "text_model.*", "text_projection.*", "visual_projection.*", "logit_scale", "*.position_ids",
    ])
  /// The text part, and what compares pictures with texts.
  public static let irrelevantKeys =
    ConfigurationKeys.ofWordsAlone + [
      "text_config*", "projection_dim", "logit_scale_init_value", "vocab_size",
    ]

  /// The keys of a CLIP vision configuration, with the defaults of Hugging Face's `CLIPVisionConfig`.
  ///
  /// A whole CLIP checkpoint keeps them under `vision_config`.
  public struct Configuration: AdapterConfiguration {
    let vision: VisionConfiguration
    let intermediateSize: Int

    public init(_ keys: ConfigurationKeys) throws {
      try self.init(vision: keys.visionPart())
      // Older files tell the same twice; transformers takes the second where they differ.
      guard let second = try keys.optionalObject("vision_config_dict") else { return }
      let other = try Configuration(vision: second)
      guard other.vision == vision, other.intermediateSize == intermediateSize else {
        throw UnsupportedConfiguration(
          key: "vision_config_dict", found: "another configuration than `vision_config`",
          supported: "one configuration")
      }
    }

    private init(vision keys: ConfigurationKeys) throws {
      vision = try VisionConfiguration(
        keys, defaults: .init(patchSize: 32, activation: .quickGELU, epsilon: 1e-5))
      intermediateSize = try keys.intermediateSize(default: 3072)
    }
  }

  public let width: Int
  public let prefixTokenCount = 1
  public let finalNorm: (any Norm)?
  private let shape: VisionConfiguration
  private let classEmbedding: [Float]
  private let patchEmbedding: PatchEmbedding
  private let positions: Embedding
  private let inputNorm: LayerNorm
  private let blocks: [Block]

  public var blockCount: Int { blocks.count }

  public init(_ configuration: Configuration, weights: WeightScope) {
    let c = configuration.vision
    shape = c
    width = c.hiddenSize
    let embeddings = weights / "embeddings"
    classEmbedding = embeddings.vector("class_embedding", width)
    patchEmbedding = PatchEmbedding(c, embeddings / "patch_embedding", bias: false)
    positions = Embedding(
      embeddings / "position_embedding", count: c.side * c.side + 1, width: width)
    // The checkpoint's own spelling.
    inputNorm = LayerNorm(c, weights / "pre_layrnorm")
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
    let classToken = Matrix(rows: 1, columns: width, values: classEmbedding)
    var x = patchEmbedding(pixels).prefixing(each: grid(for: pixels).count, with: classToken)
    x.add(repeating: positions(Array(0..<positions.count)))
    x = inputNorm(x)
    let crops = SequenceContext(Segments(crops: pixels.crops, rows: x.rows))
    return visionStream(x, through: depth, observer: observer) { blocks[$0](&$1, crops) }
  }
}

/// `x += attention(norm1(x)); x += feedForward(norm2(x))`, all with biases.
private struct Block: Sendable {
  let attentionNorm, feedForwardNorm: LayerNorm
  let attention: SelfAttention
  let feedForward: FeedForward

  init(_ configuration: CLIPVisionEncoder.Configuration, _ weights: WeightScope) {
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
