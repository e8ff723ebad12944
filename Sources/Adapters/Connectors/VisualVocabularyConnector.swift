public import LatentLensComponents

/// A visual token as a mixture of learnt vectors: squares of patches are normed and reduced to fewer values, as
/// Swin's `PatchMerging` does, and each beside the mean of those around it is classified by two layers. The
/// softmax over these classes, a visual vocabulary, weighs the vectors of a table; a vector for the place is
/// added. The connectors that are trained in this repository.
///
/// Ovis (arXiv 2405.20797) joins encoder and decoder by such a table; its head is a single layer, and it has no
/// places.
public struct VisualVocabularyConnector: Connector {
  public static let architectures = ["visual-vocabulary"]

  public struct Configuration: AdapterConfiguration {
    let shuffle: PixelShuffle
    let reducedSize: Int
    let intermediateSize: Int
    let vocabularySize: Int
    let positionCount: Int

    public init(_ keys: ConfigurationKeys) throws {
      shuffle = try keys.also()
      reducedSize = try keys.size("reduced_size")
      intermediateSize = try keys.intermediateSize()
      vocabularySize = try keys.size("visual_vocab_size")
      positionCount = try keys.size("max_position_embeddings")
    }
  }

  private let shuffle: PixelShuffle
  private let norm: LayerNorm
  private let reduction: Linear
  private let head: FeedForward
  private let table: Linear
  private let positions: Embedding

  public init(
    _ c: Configuration, joining shape: ConnectorShape, weights: WeightScope
  ) throws(UnsupportedConfiguration) {
    shuffle = c.shuffle
    let (width, inner) = (try shuffle.width(of: shape), c.intermediateSize)
    norm = LayerNorm(weights / "norm", width: width, epsilon: 1e-6)
    reduction = Linear(weights / "reduction", from: width, to: c.reducedSize)
    head = FeedForward(
      up: Linear(weights / "linear_1", from: 2 * c.reducedSize, to: inner, bias: true),
      activation: .gelu,
      down: Linear(weights / "linear_2", from: inner, to: c.vocabularySize, bias: true))
    table = Linear(weights / "table", from: c.vocabularySize, to: shape.outputWidth)
    positions = Embedding(weights / "positions", count: c.positionCount, width: shape.outputWidth)
  }

  public func arrange(
    _ features: FeatureRows, _ layout: NoLayout
  ) throws(ImageObjection) -> VisualArrangement {
    let arrangement = try shuffle.arrange(features)
    let count = arrangement.tokens.count
    guard count == positions.count else {
      throw ImageObjection(
        "the connector has positions for \(positions.count) tokens, and this picture takes \(count)"
      )
    }
    return arrangement
  }

  public func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, _ layout: NoLayout
  ) -> Matrix {
    let squares = reduction(norm(features.merged(arrangement)))
    var shares = head(amidNeighbors(squares, arrangement.tokens))
    shares.softmax()
    var tokens = table(shares)
    tokens.add(positions(Array(0..<positions.count)))
    return tokens
  }

  /// Each square's values, and behind them the mean of the 3 x 3 squares around it, of fewer at an edge:
  /// `[tokens, 2 * width]`. The mean is torch's `AvgPool2d(3, stride=1, padding=1, count_include_pad=False)`.
  private func amidNeighbors(
    _ squares: borrowing Matrix, _ tokens: [VisualArrangement.Token]
  ) -> Matrix {
    let groups = tokens.indices.flatMap { own in
      [[own], tokens.indices.filter { tokens[own].adjoins(tokens[$0]) }]
    }
    return squares.gather(groups.flatMap { $0 }).means(ofGroups: groups.map(\.count))
      .reshaped(rows: tokens.count, columns: 2 * squares.columns)
  }
}

extension VisualArrangement.Token {
  /// Whether two places touch, be it at a corner; a place touches itself.
  fileprivate func adjoins(_ other: Self) -> Bool {
    guard let place, let there = other.place else { return false }
    return abs(place.row - there.row) <= 1 && abs(place.column - there.column) <= 1
  }
}
