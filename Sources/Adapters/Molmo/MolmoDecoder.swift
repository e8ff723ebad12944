public import LatentLensComponents

/// The decoders of Molmo (Qwen 2 inside) and Molmo 2 (Qwen 3 or OLMo 3 inside), whose projections are
/// stored fused (arXiv 2409.17146; reference: transformers `modeling_molmo2.py`).
public struct MolmoDecoder: StackedDecoder {
  public typealias Configuration = MolmoDecoderConfiguration

  public static let architectures = ["molmo_text", "molmo2_text"]
  public static let tensorNames = TensorNames(unneeded: ["transformer.wte.new_embedding"])
  /// How positions are counted where texts are padded, and by which code attention is computed.
  public static let irrelevantKeys = ["use_position_ids", "attn_implementation"]

  public let stack: DecoderStack<Block>

  public init(_ configuration: MolmoDecoderConfiguration, weights: WeightScope) {
    let c = configuration.decoder
    let transformer = weights / "transformer"
    let embedding = Embedding(
      (transformer / "wte").tensor("embedding", [c.vocabularySize, c.hiddenSize]),
      compute: weights.compute)
    let head = configuration.isFirst ? transformer / "ff_out" : weights / "lm_head"
    stack = DecoderStack(
      embedding: embedding,
      blocks: (0..<c.blockCount).map {
        Block(
          configuration, isScaled: configuration.scalesRotary(ofBlock: $0),
          transformer / "blocks" / $0)
      },
      norm: RMSNorm(c, transformer / "ln_f"),
      head: LogitHead(
        configuration.tiesEmbeddings
          ? Linear(tied: embedding) : Linear(head, from: c.hiddenSize, to: c.vocabularySize)),
      maximumPositions: c.maximumPositions)
  }

  /// `x += attention(norm(x)); x += feedForward(norm(x))`, or with the norms after the layers.
  public struct Block: DecoderBlock {
    let attentionNorm, feedForwardNorm: RMSNorm
    let normsAfter: Bool
    let attention: SelfAttention
    let feedForward: GatedFeedForward

    /// - Parameter isScaled: whether the frequencies of the rotary embedding are.
    init(_ configuration: MolmoDecoderConfiguration, isScaled: Bool, _ weights: WeightScope) {
      let c = configuration.decoder
      let (queries, keys) = (c.heads * c.headWidth, c.keyValueHeads * c.headWidth)
      normsAfter = configuration.normsAfter
      attentionNorm = RMSNorm(c, weights / "attn_norm")
      feedForwardNorm = RMSNorm(c, weights / "ff_norm")
      let attending = configuration.isFirst ? weights : weights / "self_attn"
      let parts = Linear.fused(
        attending / "att_proj", from: c.hiddenSize, to: [queries, keys, keys],
        bias: configuration.attentionBias)
      func norm(_ name: String, _ whole: Int) -> RMSNorm? {
        configuration.queryKeyNorm.map {
          RMSNorm(c, attending / name, width: $0 == .byHead ? c.headWidth : whole)
        }
      }
      attention = SelfAttention(
        query: parts[0], key: parts[1], value: parts[2],
        output: Linear(attending / "attn_out", from: queries, to: c.hiddenSize),
        queryNorm: norm("q_norm", queries), keyNorm: norm("k_norm", keys),
        rotary: c.rotary.embedding(isScaled: isScaled, weights.compute),
        attention: c.attention(weights.compute))
      let expanding = configuration.isFirst ? weights : weights / "mlp"
      let inner = configuration.intermediateSize
      let halves = Linear.fused(expanding / "ff_proj", from: c.hiddenSize, to: [inner, inner])
      feedForward = GatedFeedForward(
        gate: halves[1], up: halves[0], activation: c.activation,
        down: Linear(expanding / "ff_out", from: inner, to: c.hiddenSize))
    }

    public func callAsFunction(_ x: inout Matrix, _ context: SequenceContext) {
      if normsAfter {
        x.add(attentionNorm(attention(x, context)))
        x.add(feedForwardNorm(feedForward(x)))
      } else {
        x.add(attention(attentionNorm(x), context))
        x.add(feedForward(feedForwardNorm(x)))
      }
    }
  }
}
