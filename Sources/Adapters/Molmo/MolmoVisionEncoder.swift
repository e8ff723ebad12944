public import LatentLensComponents

/// The vision encoders of Molmo (OpenAI's CLIP: a CLS token and a norm before the first block) and of
/// Molmo 2 (SigLIP: neither), on crops that are cut into patches already (arXiv 2409.17146; reference:
/// transformers `Molmo2VisionModel`).
public struct MolmoVisionEncoder: VisionEncoder {
  public typealias Configuration = MolmoVisionConfiguration

  public static let architectures = ["molmo_vision", "molmo2_vision"]

  public let width: Int
  public let blockCount: Int
  public let prefixTokenCount: Int
  private let configuration: MolmoVisionConfiguration
  private let patchEmbedding: Linear
  private let classEmbedding: [Float]?
  private let positions: Embedding
  private let inputNorm: LayerNorm?
  private let blocks: [Block]

  public init(
    _ configuration: MolmoVisionConfiguration, weights: WeightScope
  ) throws(UnsupportedConfiguration) {
    self.configuration = configuration
    width = configuration.width
    let hasClass = configuration.hasClassToken
    prefixTokenCount = hasClass ? 1 : 0
    patchEmbedding = Linear(
      weights / "patch_embedding", from: configuration.patchValues, to: width, bias: !hasClass)
    classEmbedding = hasClass ? weights.vector("class_embedding", width) : nil
    positions = Embedding(
      weights.tensor(
        "positional_embedding",
        [configuration.side * configuration.side + prefixTokenCount, width]),
      compute: weights.compute)
    inputNorm =
      hasClass ? LayerNorm(weights / "pre_ln", width: width, epsilon: configuration.epsilon) : nil
    let layers = weights / "transformer" / "resblocks"
    // Molmo 2's configuration counts blocks that nothing needs, and that its releases leave out.
    let shipped = (0..<configuration.blockCount).prefix {
      $0 == 0 || (layers / $0).contains("attention.wq.weight")
    }
    blockCount = shipped.count
    blocks = shipped.map { Block(configuration, weights: layers / $0) }
  }

  public func objection(to pixels: PixelValues) -> String? {
    let expected = [configuration.side * configuration.side, configuration.patchValues]
    return pixels.shape.count == 3 && Array(pixels.shape.dropFirst()) == expected
      ? nil : "it takes [crops, \(expected[0]), \(expected[1])]"
  }

  public func grid(for pixels: PixelValues) -> PatchGrid {
    PatchGrid(
      rows: configuration.side, columns: configuration.side, patchSize: configuration.patchSize)
  }

  public func encode(
    _ pixels: PixelValues, through depth: Int, observing observe: HiddenStateObserver
  ) {
    let perCrop = configuration.side * configuration.side
    var x = patchEmbedding(
      Matrix(
        rows: pixels.crops * perCrop, columns: configuration.patchValues, values: pixels.values))
    if let classEmbedding {
      x = x.prefixing(each: perCrop, with: Matrix(rows: 1, columns: width, values: classEmbedding))
    }
    x.add(repeating: positions(Array(0..<positions.count)))
    if let inputNorm { x = inputNorm(x) }
    let crops = Segments(crops: pixels.crops, rows: x.rows)
    _ = residualStream(x, through: depth, observing: observe) { blocks[$0](&$1, crops) }
  }
}

/// `x += attention(norm1(x)); x += feedForward(norm2(x))`, all with biases.
private struct Block: Sendable {
  let attentionNorm, feedForwardNorm: LayerNorm
  let query, key, value, output: Linear
  let attention: Attention
  let feedForward: FeedForward

  init(_ c: MolmoVisionConfiguration, weights: WeightScope) {
    let (width, inner) = (c.width, c.heads * c.headWidth)
    attentionNorm = LayerNorm(weights / "attention_norm", width: width, epsilon: c.epsilon)
    let projections = weights / "attention"
    query = Linear(projections / "wq", from: width, to: inner, bias: true)
    key = Linear(projections / "wk", from: width, to: inner, bias: true)
    value = Linear(projections / "wv", from: width, to: inner, bias: true)
    output = Linear(projections / "wo", from: inner, to: width, bias: true)
    attention = Attention(
      heads: c.heads, keyValueHeads: c.heads, headWidth: c.headWidth, mask: .full,
      compute: weights.compute)
    feedForwardNorm = LayerNorm(weights / "ffn_norm", width: width, epsilon: c.epsilon)
    let layers = weights / "feed_forward"
    feedForward = FeedForward(
      up: Linear(layers / "w1", from: width, to: c.intermediateSize, bias: true),
      activation: c.activation,
      down: Linear(layers / "w2", from: c.intermediateSize, to: width, bias: true))
  }

  func callAsFunction(_ x: inout Matrix, _ crops: Segments) {
    let h = attentionNorm(x)
    x.add(output(attention(query(h), key(h), value(h), segments: crops)))
    x.add(feedForward(feedForwardNorm(x)))
  }
}
