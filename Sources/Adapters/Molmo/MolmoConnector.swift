public import LatentLensComponents

/// The connectors of Molmo and Molmo 2: attention pools the patches of a square, asked by their mean, and
/// gated layers project the result (arXiv 2409.17146; reference: transformers `Molmo2Adapter`).
///
/// The picture comes twice, as a whole and in crops that overlap; each patch of the larger view is taken
/// from one crop alone.
public struct MolmoConnector: Connector {
  public static let architectures = ["molmo_connector", "molmo2_connector"]
  private static let square = 2

  public let extraEmbedding: Embedding?
  private let configuration: Configuration
  private let padding: Embedding?
  private let query, key, value, output: Linear
  private let attention: Attention
  private let feedForward: GatedFeedForward

  public init(
    _ configuration: Configuration, joining shape: ConnectorShape, weights: WeightScope
  ) throws(UnsupportedConfiguration) {
    self.configuration = configuration
    extraEmbedding = Embedding(
      (weights / "wte").tensor(
        "new_embedding", [configuration.newTokens, shape.outputWidth]),
      compute: weights.compute)
    padding =
      configuration.marksPadding
      ? Embedding(
        weights.tensor("pad_embed", [2, shape.inputWidth]), compute: weights.compute) : nil
    let pooling = weights / "image_pooling_2d"
    let inner = configuration.heads * configuration.headWidth
    query = Linear(pooling / "wq", from: shape.inputWidth, to: inner, bias: true)
    key = Linear(pooling / "wk", from: shape.inputWidth, to: inner, bias: true)
    value = Linear(pooling / "wv", from: shape.inputWidth, to: inner, bias: true)
    output = Linear(pooling / "wo", from: inner, to: configuration.width, bias: true)
    attention = Attention(
      heads: configuration.heads, keyValueHeads: configuration.heads,
      headWidth: configuration.headWidth, mask: .full, compute: weights.compute)
    let projector = weights / "image_projector"
    let wide = configuration.intermediateSize
    feedForward = GatedFeedForward(
      gate: Linear(projector / "w1", from: configuration.width, to: wide),
      up: Linear(projector / "w3", from: configuration.width, to: wide),
      activation: .silu,
      down: Linear(projector / "w2", from: wide, to: shape.outputWidth))
  }

  public func objection(to features: FeatureRows, frame: ImageFrame) -> String? {
    guard features.prefix == 0 else { return "the connector takes patches alone" }
    if let coverage = frame.coverage, coverage.count != features.count {
      return "padding is told for \(coverage.count) patches, but there are \(features.count)"
    }
    return OverlappingCrops(features, frame) == nil
      ? "\(features.crops) crops are no whole picture and a raster of its parts; the raster is told "
        + "by the checkpoint's own processor, or by image_grids" : nil
  }

  public func arrange(_ features: FeatureRows, frame: ImageFrame) -> VisualArrangement {
    guard let crops = OverlappingCrops(features, frame) else {
      preconditionFailure("an arrangement that was objected to")
    }
    let views = [
      crops.whole.pooled(by: Self.square, view: 0), crops.picture.pooled(by: Self.square, view: 1),
    ]
    let starts = [configuration.wholeStartToken, configuration.startToken]
    let slots = zip(views, starts).flatMap { view, start in
      [.token(start)]
        + view.flatMap { $0.map { _ in .visual } + [.token(configuration.columnToken)] }
        + [VisualArrangement.Slot.token(configuration.endToken)]
    }
    return VisualArrangement(
      tokens: views.flatMap { $0.flatMap { $0 } }, slots: slots,
      isMutual: configuration.isBidirectional)
  }

  public func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, frame: ImageFrame
  ) -> Matrix {
    let patches = arrangement.tokens.map { $0.features.filter { $0 >= 0 } }
    let counts = patches.map(\.count)
    let rows = marked(features, frame).gather(patches.flatMap { $0 })
    // A square asks once; its question stands before each of its patches, and the first answer counts.
    let questions = query(rows.means(ofGroups: counts))
      .gather(counts.indices.flatMap { Array(repeating: $0, count: counts[$0]) })
    let squares = Segments(counts: counts)
    let answers = attention(questions, key(rows), value(rows), segments: squares)
    return feedForward(output(answers.gather(Array(squares.offsets.dropLast()))))
  }

  /// The features with what tells padding from picture; crops that are all padding are zeros before.
  private func marked(_ features: borrowing Matrix, _ frame: ImageFrame) -> Matrix {
    var rows = features.copy()
    guard let padding else { return rows }
    let perCrop = configuration.side * configuration.side
    let blank = frame.blankCrops.flatMap { Array($0 * perCrop..<($0 + 1) * perCrop) }
    rows.replaceRows(at: blank, with: Matrix(rows: blank.count, columns: rows.columns))
    let padded = frame.paddedPatches
    let embeddings = padding([0, 1])
    rows.add(row: embeddings.row(0), at: padded.wholly)
    rows.add(row: embeddings.row(1), at: padded.partly)
    return rows
  }
}
