public import LatentLensKernels
public import LatentLensTensors
public import LatentLensWeights

/// A transformer block of a decoder: the sentence that a family writes out.
public protocol DecoderBlock: Sendable {
  /// Changes the residual stream `[tokens, width]` of sequences that lie end to end.
  func callAsFunction(_ x: inout Matrix, _ context: SequenceContext)
}

/// What decoders have around their blocks: embeddings, a final norm, and a head of its own or tied.
public struct DecoderStack<Block: DecoderBlock>: Sendable {
  public let embedding: Embedding
  /// What embeddings are multiplied by; 1 for most.
  public let embeddingScale: Float
  public let blocks: [Block]
  public let norm: any Norm
  public let head: LogitHead
  /// How many tokens the longest text has that the decoder was made for; nil where nothing tells it.
  public let maximumPositions: Int?

  public init(
    embedding: Embedding, embeddingScale: Float = 1, blocks: [Block], norm: any Norm,
    head: LogitHead, maximumPositions: Int? = nil
  ) {
    self.embedding = embedding
    self.embeddingScale = embeddingScale
    self.blocks = blocks
    self.norm = norm
    self.head = head
    self.maximumPositions = maximumPositions
  }

  /// The stack under the names that transformers gives to nearly all: `model.embed_tokens`,
  /// `model.layers.i`, `model.norm`, `lm_head`.
  ///
  /// - Parameters:
  ///   - norm: the final norm; nil is an RMSNorm.
  ///   - logitDivisor: what logits are divided by.
  ///   - block: makes the block with this index from its scope.
  public init(
    _ c: DecoderConfiguration, _ weights: WeightScope, embeddingScale: Float = 1,
    norm: (any Norm)? = nil, logitDivisor: Float = 1, softCap: Float? = nil,
    block: (_ index: Int, _ weights: WeightScope) -> Block
  ) {
    let model = weights / "model"
    embedding = Embedding(model / "embed_tokens", count: c.vocabularySize, width: c.hiddenSize)
    self.embeddingScale = embeddingScale
    blocks = (0..<c.blockCount).map { block($0, model / "layers" / $0) }
    self.norm = norm ?? RMSNorm(model / "norm", width: c.hiddenSize, epsilon: c.epsilon)
    head = LogitHead(
      c.tiesEmbeddings
        ? Linear(tied: embedding)
        : Linear(weights / "lm_head", from: c.hiddenSize, to: c.vocabularySize),
      divisor: logitDivisor, softCap: softCap)
    maximumPositions = c.maximumPositions
  }
}

/// A decoder that is a stack of blocks and nothing else.
public protocol StackedDecoder: LanguageDecoder {
  associatedtype Block: DecoderBlock
  var stack: DecoderStack<Block> { get }
}

extension StackedDecoder {
  public var hiddenSize: Int { stack.embedding.width }
  public var blockCount: Int { stack.blocks.count }
  public var maximumPositions: Int? { stack.maximumPositions }
  public var embedding: Embedding { stack.embedding }
  public var head: LogitHead { stack.head }

  public func embed(_ ids: [Int]) -> Matrix {
    var x = stack.embedding(ids)
    if stack.embeddingScale != 1 { x.scale(by: stack.embeddingScale) }
    return x
  }

  public func decode(_ input: consuming Matrix, _ pass: DecoderPass) -> Matrix {
    pass.run(input) { index, x, context in stack.blocks[index](&x, context) }
  }

  public func normalize(_ state: borrowing Matrix) -> Matrix { stack.norm(state) }
}
