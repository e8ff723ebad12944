public import LatentLensComponents

/// The connector of the method's own nine VLMs (arXiv 2602.00462), as its authors publish it: embeddings
/// that mark padded patches, the gated layers, and the embeddings of the tokens around the image.
///
/// Patches stand row by row, a token at the end of each row, and all of them between a token for the
/// beginning and one for the end. Padding is marked for a single crop, which is all that they see.
public struct LatentLensConnector: Connector {
  public static let architectures = ["latentlens"]

  public struct Configuration: AdapterConfiguration {
    let intermediateSize: Int
    let newTokens: Int
    let startToken: Int
    let endToken: Int
    let columnToken: Int

    public init(_ keys: ConfigurationKeys) throws {
      intermediateSize = try keys.intermediateSize()
      newTokens = try keys.newTokenCount()
      startToken = try keys.token("image_start_token")
      endToken = try keys.token("image_end_token")
      columnToken = try keys.token("image_column_token")
    }
  }

  public let extraEmbedding: Embedding?
  private let configuration: Configuration
  private let padding: Embedding
  private let feedForward: GatedFeedForward

  public init(_ c: Configuration, joining shape: ConnectorShape, weights: WeightScope) {
    configuration = c
    let table = weights / "transformer" / "wte"
    extraEmbedding = Embedding(
      table.tensor("new_embedding", [c.newTokens, shape.outputWidth]), compute: weights.compute)
    let vision = weights / "vision_backbone"
    padding = Embedding(
      vision.tensor("pad_embed", [2, shape.inputWidth]), compute: weights.compute)
    feedForward = GatedFeedForward(
      vision / "image_projector", width: shape.inputWidth, inner: c.intermediateSize,
      outputs: shape.outputWidth, names: ("w1", "w3", "w2"))
  }

  /// Five tokens behind the vocabulary, in this order.
  public var tokenTexts: [Int: String] {
    let texts = ["<im_start>", "<im_end>", "<im_patch>", "<im_col>", "<|image|>"]
    return Dictionary(
      uniqueKeysWithValues: texts.enumerated().map { (configuration.startToken + $0, $1) })
  }

  public func arrange(
    _ features: FeatureRows, _ layout: PaddedPatches
  ) throws(ImageObjection) -> VisualArrangement {
    guard features.crops == 1, features.prefix == 0 else {
      throw ImageObjection("the connector takes the patches of a single crop alone")
    }
    try layout.padding.check(patches: features.count)
    let row =
      Array(repeating: VisualArrangement.Slot.visual, count: features.grid.columns)
      + [.token(configuration.columnToken)]
    let rows = Array(repeating: row, count: features.grid.rows).flatMap { $0 }
    return .raster(
      features,
      slots: [.token(configuration.startToken)] + rows + [.token(configuration.endToken)])
  }

  public func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, _ layout: PaddedPatches
  ) -> Matrix {
    var rows = features.copy()
    // An image of which every value is -1 counts as padding, even if it is a black one.
    if !layout.padding.blankCrops.isEmpty { rows.scale(by: 0) }
    let embeddings = padding([0, 1])
    rows.add(row: embeddings.row(0), at: layout.padding.wholly)
    rows.add(row: embeddings.row(1), at: layout.padding.partly)
    return feedForward(rows)
  }
}
