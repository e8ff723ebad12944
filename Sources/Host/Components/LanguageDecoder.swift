public import LatentLensKernels
public import LatentLensTensors

/// A causal language model, cut where the lenses look: embeddings, residual stream, norm, head.
public protocol LanguageDecoder: SelfContainedComponent {
  /// The width of the residual stream.
  var hiddenSize: Int { get }
  /// The number of transformer blocks, N.
  var blockCount: Int { get }
  /// The input embeddings.
  var embedding: Embedding { get }
  /// The LM head: a linear layer from the normed residual stream to logits.
  var head: Linear { get }
  /// Logits become `cap · tanh(logit / cap)`; nil for most.
  var logitSoftCap: Float? { get }

  /// What enters the first block for these tokens, `[ids.count, hiddenSize]`.
  func embed(_ ids: [Int]) -> Matrix

  /// Runs the blocks up to and including block `depth` over sequences that lie end to end.
  ///
  /// - Parameters:
  ///   - input: what enters the first block, `[tokens, hiddenSize]`.
  ///   - segments: where each sequence begins, and the positions of its tokens.
  ///   - depth: the last block to run, 0 to `blockCount`.
  ///   - cache: keys and values of earlier tokens of a single sequence, extended by this call.
  ///   - observe: sees layers 0 to `depth`.
  /// - Returns: the residual stream after block `depth`.
  func decode(
    _ input: consuming Matrix, segments: Segments, through depth: Int, cache: KeyValueCache?,
    observing observe: HiddenStateObserver
  ) -> Matrix

  /// The final norm, each row by its own statistics.
  func normalize(_ state: borrowing Matrix) -> Matrix
}

extension LanguageDecoder {
  public var vocabularySize: Int { head.outputs }

  public func embed(_ ids: [Int]) -> Matrix { embedding(ids) }

  public var logitSoftCap: Float? { nil }

  /// The logits `[rows, vocabularySize]` of the final norm's output.
  public func logits(ofNormalized normed: borrowing Matrix) -> Matrix {
    var logits = head(normed)
    guard let logitSoftCap else { return logits }
    logits.scale(by: 1 / logitSoftCap)
    Activation.tanh(&logits, compute: head.compute)
    logits.scale(by: logitSoftCap)
    return logits
  }
}
