public import LatentLensTensors

/// A way to put a hidden state into words: its nearest neighbours among something that has words.
public protocol Lens: Sendable {
  /// Which of the three lenses this is.
  var kind: LensKind { get }

  /// The `topK` neighbours of each row, best first.
  ///
  /// - Parameter states: `[rows, hiddenSize]` of the residual stream, before any final norm and not
  ///   normalised: the lens does what it needs itself, so that no caller can forget.
  func neighbors(of states: borrowing Matrix, topK: Int) -> [[Neighbor]]
}

/// The three lenses.
public enum LensKind: String, Sendable, CaseIterable, Decodable {
  /// Cosine with contextual hidden states of text tokens (arXiv 2602.00462).
  case latent
  /// Final norm, then the LM head.
  case logit
  /// Cosine with the input embeddings.
  case embedding

  /// The lens' name, as the field writes it.
  public var title: String {
    switch self {
    case .latent: "LatentLens"
    case .logit: "LogitLens"
    case .embedding: "EmbeddingLens"
    }
  }
}

/// One neighbour of a hidden state.
public struct Neighbor: Sendable, Equatable {
  public let tokenID: Int
  /// Cosine similarity, or the logit for LogitLens.
  public let score: Float
  /// The share of the softmax over the vocabulary; LogitLens only.
  public let probability: Double?
  /// Where in the index the neighbour stands; LatentLens only.
  public let origin: Origin?

  /// A row of a contextual index.
  public struct Origin: Sendable, Hashable, Comparable {
    public let layer: Int
    public let row: Int

    public init(layer: Int, row: Int) {
      self.layer = layer
      self.row = row
    }

    public static func < (left: Origin, right: Origin) -> Bool {
      (left.layer, left.row) < (right.layer, right.row)
    }
  }

  public init(tokenID: Int, score: Float, probability: Double? = nil, origin: Origin? = nil) {
    self.tokenID = tokenID
    self.score = score
    self.probability = probability
    self.origin = origin
  }
}
