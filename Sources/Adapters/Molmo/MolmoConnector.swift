public import LatentLensComponents

/// The connectors of Molmo and Molmo 2: attention pools the patches of a square, asked by their mean, and
/// gated layers project the result (arXiv 2409.17146; reference: transformers `Molmo2Adapter`).
///
/// The picture comes twice, as a whole and in crops that overlap; each patch of the larger view is taken
/// from one crop alone.
public struct MolmoConnector: Connector {
  public static let architectures = ["molmo_connector", "molmo2_connector"]
  /// With which precision and by which code attention is computed.
  public static let irrelevantKeys =
    ConfigurationKeys.ofWordsAlone + ["float32_attention", "attn_implementation"]
  private static let square = 2

  public let extraEmbedding: Embedding?
  private let configuration: Configuration
  private let padding: Embedding?
  private let pooling: SelfAttention
  private let feedForward: GatedFeedForward

  public init(_ c: Configuration, joining shape: ConnectorShape, weights: WeightScope) {
    configuration = c
    extraEmbedding = Embedding(
      (weights / "wte").tensor("new_embedding", [c.newTokens, shape.outputWidth]),
      compute: weights.compute)
    padding =
      c.marksPadding
      ? Embedding(weights.tensor("pad_embed", [2, shape.inputWidth]), compute: weights.compute)
      : nil
    let attention = Attention(
      heads: c.heads, keyValueHeads: c.heads, headWidth: c.headWidth, mask: .full,
      compute: weights.compute)
    pooling = SelfAttention(
      weights / "image_pooling_2d", width: shape.inputWidth, outputs: c.width, attention,
      names: .init("wq", "wk", "wv", "wo"), biases: .all)
    feedForward = GatedFeedForward(
      weights / "image_projector", width: c.width, inner: c.intermediateSize,
      outputs: shape.outputWidth, activation: c.activation, names: ("w1", "w3", "w2"))
  }

  public func arrange(
    _ features: FeatureRows, _ layout: OverlapLayout
  ) throws(ImageObjection) -> VisualArrangement {
    guard features.prefix == 0 else { throw ImageObjection("the connector takes patches alone") }
    try layout.padding.check(patches: features.count)
    let crops = try OverlappingCrops(features, layout)
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
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, _ layout: OverlapLayout
  ) -> Matrix {
    let counts = arrangement.tokens.map(\.features.count)
    let rows = marked(features, layout.padding).gather(arrangement.tokens.flatMap(\.features))
    // A square asks once; its question stands before each of its patches, and the first answer counts.
    let questions = pooling.query(rows.means(ofGroups: counts))
      .gather(counts.indices.flatMap { Array(repeating: $0, count: counts[$0]) })
    let squares = Segments(counts: counts)
    let answers = pooling.attention(
      questions, pooling.key(rows), pooling.value(rows), segments: squares)
    return feedForward(pooling.output(answers.gather(Array(squares.offsets.dropLast()))))
  }

  /// The features with what tells padding from picture; crops that are all padding are zeros before.
  private func marked(_ features: borrowing Matrix, _ padded: PatchPadding) -> Matrix {
    var rows = features.copy()
    guard let padding else { return rows }
    let perCrop = configuration.side * configuration.side
    let blank = padded.blankCrops.flatMap { Array($0 * perCrop..<($0 + 1) * perCrop) }
    rows.replaceRows(at: blank, with: Matrix(rows: blank.count, columns: rows.columns))
    let embeddings = padding([0, 1])
    rows.add(row: embeddings.row(0), at: padded.wholly)
    rows.add(row: embeddings.row(1), at: padded.partly)
    return rows
  }
}
