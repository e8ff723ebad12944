public import LatentLensKernels
public import LatentLensTensors
public import LatentLensWeights

/// A causal language model, cut where the lenses look: embeddings, residual stream, norm, head.
public protocol LanguageDecoder: SelfContainedComponent {
  /// The width of the residual stream.
  var hiddenSize: Int { get }
  /// The number of transformer blocks, N.
  var blockCount: Int { get }
  /// How many tokens the longest text has that the decoder was made for; nil where nothing tells it.
  var maximumPositions: Int? { get }
  /// The input embeddings.
  var embedding: Embedding { get }
  /// From the normed residual stream to logits.
  var head: LogitHead { get }

  /// What enters the first block for these tokens, `[ids.count, hiddenSize]`.
  func embed(_ ids: [Int]) -> Matrix

  /// Runs the blocks up to and including block `pass.depth` over sequences that lie end to end.
  ///
  /// - Parameters:
  ///   - input: what enters the first block, `[tokens, hiddenSize]`.
  ///   - pass: the sequences, and who looks at the stream; sees `hidden(0)` to `hidden(depth)`.
  /// - Returns: the residual stream after block `pass.depth`.
  func decode(_ input: consuming Matrix, _ pass: DecoderPass) -> Matrix

  /// The final norm, each row by its own statistics.
  func normalize(_ state: borrowing Matrix) -> Matrix
}

extension LanguageDecoder {
  public static var kind: String { "decoder" }

  /// Older checkpoints store what rotary embeddings compute.
  public static var tensorNames: TensorNames { TensorNames(unneeded: ["*.rotary_emb.inv_freq"]) }

  public var maximumPositions: Int? { nil }

  public var vocabularySize: Int { head.vocabularySize }

  public func embed(_ ids: [Int]) -> Matrix { embedding(ids) }
}
