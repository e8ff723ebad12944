public import LatentLensComponents

/// The vision encoders of Molmo (OpenAI's CLIP: a CLS token and a norm before the first block) and of
/// Molmo 2 (SigLIP: neither), on crops that are cut into patches already (arXiv 2409.17146; reference:
/// transformers `Molmo2VisionModel`).
public struct MolmoVisionEncoder: VisionEncoder {
  public typealias Configuration = MolmoVisionConfiguration

  public static let architectures = ["molmo_vision", "molmo2_vision"]
  /// With which precision and by which code attention is computed.
  public static let irrelevantKeys =
    ConfigurationKeys.ofWordsAlone + ["float32_attention", "attn_implementation"]

  public let width: Int
  private let side: Int
  private let patchSize: Int
  private let patchEmbedding: Linear
  private let classEmbedding: [Float]
  private let positions: Embedding
  private let inputNorm: LayerNorm?
  private let blocks: [Block]

  public var blockCount: Int { blocks.count }
  public var prefixTokenCount: Int { classEmbedding.count / width }

  public init(_ c: MolmoVisionConfiguration, weights: WeightScope) {
    width = c.width
    side = c.side
    patchSize = c.patchSize
    let hasClass = c.hasClassToken
    patchEmbedding = Linear(
      weights / "patch_embedding", from: c.patchValues, to: width, bias: !hasClass)
    classEmbedding = hasClass ? weights.vector("class_embedding", width) : []
    positions = Embedding(
      weights.tensor("positional_embedding", [side * side + (hasClass ? 1 : 0), width]),
      compute: weights.compute)
    inputNorm = hasClass ? LayerNorm(weights / "pre_ln", width: width, epsilon: c.epsilon) : nil
    let layers = weights / "transformer" / "resblocks"
    // Molmo 2's configuration counts blocks that nothing needs, and that its releases leave out.
    let shipped = (0..<c.blockCount).prefix {
      $0 == 0 || (layers / $0).contains("attention.wq.weight")
    }
    blocks = shipped.map { Block(c, layers / $0) }
  }

  public func check(_ pixels: PixelValues) throws(ImageObjection) {
    guard case .patchedCrops(_, let patches, let features) = pixels.layout,
      patches == side * side, features == patchEmbedding.inputs
    else {
      throw ImageObjection("it takes [crops, \(side * side), \(patchEmbedding.inputs)]")
    }
  }

  public func grid(for pixels: PixelValues) -> PatchGrid {
    PatchGrid(rows: side, columns: side, patchSize: patchSize)
  }

  public func encode(
    _ pixels: PixelValues, through depth: Int, observer: StageObserver
  ) -> Matrix {
    let prefix = Matrix(rows: prefixTokenCount, columns: width, values: classEmbedding)
    var x = patchEmbedding(pixels.rows).prefixing(each: side * side, with: prefix)
    x.add(repeating: positions(Array(0..<positions.count)))
    if let inputNorm { x = inputNorm(x) }
    let crops = SequenceContext(Segments(crops: pixels.crops, rows: x.rows))
    return visionStream(x, through: depth, observer: observer) { blocks[$0](&$1, crops) }
  }
}

/// `x += attention(norm1(x)); x += feedForward(norm2(x))`, all with biases.
private struct Block: Sendable {
  let attentionNorm, feedForwardNorm: LayerNorm
  let attention: SelfAttention
  let feedForward: FeedForward

  init(_ c: MolmoVisionConfiguration, _ weights: WeightScope) {
    attentionNorm = LayerNorm(weights / "attention_norm", width: c.width, epsilon: c.epsilon)
    attention = SelfAttention(
      weights / "attention", width: c.width,
      Attention(
        heads: c.heads, keyValueHeads: c.heads, headWidth: c.headWidth, mask: .full,
        compute: weights.compute),
      names: .init("wq", "wk", "wv", "wo"), biases: .all)
    feedForwardNorm = LayerNorm(weights / "ffn_norm", width: c.width, epsilon: c.epsilon)
    feedForward = FeedForward(
      weights / "feed_forward", width: c.width, inner: c.intermediateSize,
      activation: c.activation, names: ("w1", "w2"))
  }

  func callAsFunction(_ x: inout Matrix, _ crops: SequenceContext) {
    x.add(attention(attentionNorm(x), crops))
    x.add(feedForward(feedForwardNorm(x)))
  }
}
