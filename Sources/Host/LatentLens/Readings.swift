internal import LatentLensIndexing
internal import LatentLensLenses
internal import LatentLensSession

/// A contextual index: hidden states of text tokens at several layers, and the sentences they stand in.
public struct Index: Sendable {
  let content: ContextualIndex

  init(_ content: ContextualIndex) { self.content = content }

  /// The decoder's layers whose states it holds, ascending.
  public var layers: [Int] { content.layers }
  /// The number of text tokens at each layer.
  public var rowCount: Int { content.rows }
}

/// A picture as a model has seen it.
public struct Picture: Sendable {
  let seen: SeenImage

  init(_ seen: SeenImage) { self.seen = seen }

  /// The size of the original, in pixels.
  public var width: Int { seen.width }
  public var height: Int { seen.height }
  /// The number of visual tokens that it becomes.
  public var tokenCount: Int { seen.tokens.count }
}

/// What a lens reads in one visual token.
public struct TokenReading: Sendable {
  /// Where the token lies; nil for tokens without a place, as CLS and line ends are.
  public let place: Place?
  /// Best first.
  public let neighbors: [Neighbor]

  /// A visual token's place.
  public struct Place: Sendable {
    /// 0 for the view of the whole picture, 1 for that of its tiles.
    public let view: Int
    /// The row and column in the raster of the view's tokens.
    public let row: Int
    public let column: Int
    /// The corners of its patches on the original picture, in pixels: x0, y0, x1, y1, …
    public let polygon: [Double]
  }

  init(_ token: VisualToken, neighbors: [Neighbor]) {
    place = token.place.map {
      Place(view: $0.view, row: $0.row, column: $0.column, polygon: $0.polygon)
    }
    self.neighbors = neighbors
  }
}

/// One neighbour of a hidden state.
public struct Neighbor: Sendable {
  /// The token's text, as the tokenizer gives it.
  public let token: String
  /// The whole word around the token in its sentence; the token's own text without a sentence.
  public let word: String
  /// A cosine, or the logit for lenses that give logits.
  public let score: Float
  /// The logit's share of the softmax; nil for cosines.
  public let probability: Double?
  /// The sentence of the corpus; nil for neighbours from the vocabulary.
  public let sentence: String?
  /// The contextual layer whose state it is; nil for neighbours from the vocabulary.
  public let contextualLayer: Int?

  init(_ found: LatentLensLenses.Neighbor, table: inout NeighborTable) {
    let entry = table.entry(of: found)
    token = entry.token
    word = entry.word
    score = found.score
    probability = found.probability
    sentence = entry.context.map { table.sentences[$0.sentence] }
    contextualLayer = entry.context?.layer
  }
}
