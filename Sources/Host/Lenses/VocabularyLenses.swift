public import LatentLensKernels
public import LatentLensTensors

/// What the LM head makes of a hidden state: final norm, once, with the state's own statistics, then
/// the head (nostalgebraist, "interpreting GPT: the logit lens", 2020).
public struct LogitLens: Lens {
  private let head: Linear
  private let softCap: Float?
  private let normalize: @Sendable (borrowing Matrix) -> Matrix

  public var kind: LensKind { .logit }

  /// - Parameters:
  ///   - head: the LM head.
  ///   - softCap: logits become `softCap · tanh(logit / softCap)`; nil for most.
  ///   - normalize: the decoder's final norm.
  public init(
    head: Linear, softCap: Float? = nil, normalize: @escaping @Sendable (borrowing Matrix) -> Matrix
  ) {
    self.head = head
    self.softCap = softCap
    self.normalize = normalize
  }

  /// The tokens with the largest logits; ties go to the lower token.
  public func neighbors(of states: borrowing Matrix, topK: Int) -> [[Neighbor]] {
    let normed = normalize(states)
    return predictions(normed, head: head, k: topK, softCap: softCap).map { prediction in
      prediction.top.map { candidate in
        Neighbor(
          tokenID: candidate.row, score: candidate.score,
          probability: prediction.probability(of: candidate))
      }
    }
  }
}

/// Nearest input embeddings by cosine.
public struct EmbeddingLens: Lens {
  private let embedding: Embedding
  private let compute: Compute

  public var kind: LensKind { .embedding }

  public init(embedding: Embedding, compute: Compute) {
    self.embedding = embedding
    self.compute = compute
  }

  /// The tokens whose embeddings have the largest cosine; ties go to the lower token.
  public func neighbors(of states: borrowing Matrix, topK: Int) -> [[Neighbor]] {
    nearest(states, among: embedding.weight, k: topK, measure: .cosine, compute: compute).map {
      $0.map { Neighbor(tokenID: $0.row, score: $0.score) }
    }
  }
}
