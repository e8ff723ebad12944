public import LatentLensComponents

/// Squares of patches side by side in channels, and a linear layer: Idefics 3's and SmolVLM's connector
/// (arXiv 2408.12637, 2504.05299; reference: transformers `Idefics3Connector`).
public struct PixelShuffleConnector: Connector {
  public static let architectures = ["pixel-shuffle"]
  /// As it is stored among the tensors of a whole model.
  public static let tensorNames = TensorNames([.init("model.connector.")])

  public struct Configuration: AdapterConfiguration {
    let shuffle: PixelShuffle

    public init(_ keys: ConfigurationKeys) throws { shuffle = try keys.also() }
  }

  private let shuffle: PixelShuffle
  private let projection: Linear

  public init(
    _ c: Configuration, joining shape: ConnectorShape, weights: WeightScope
  ) throws(UnsupportedConfiguration) {
    shuffle = c.shuffle
    projection = Linear(
      weights / "modality_projection" / "proj", from: try shuffle.width(of: shape),
      to: shape.outputWidth)
  }

  public func arrange(
    _ features: FeatureRows, _ layout: NoLayout
  ) throws(ImageObjection) -> VisualArrangement { try shuffle.arrange(features) }

  public func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, _ layout: NoLayout
  ) -> Matrix { projection(features.merged(arrangement)) }
}

/// Each square of `factor` by `factor` patches a token.
struct PixelShuffle: AdapterConfiguration {
  private let factor: Int

  init(_ keys: ConfigurationKeys) throws {
    factor = try keys.size("scale_factor", default: 2, limit: 64)
  }

  /// The width of a square's patches side by side.
  func width(of shape: ConnectorShape) throws(UnsupportedConfiguration) -> Int {
    try shape.width(ofSquares: factor, key: "scale_factor")
  }

  func arrange(_ features: FeatureRows) throws(ImageObjection) -> VisualArrangement {
    guard features.crops == 1, features.prefix == 0 else {
      throw ImageObjection("the connector takes the patches of a single crop alone")
    }
    let (rows, columns) = (features.grid.rows, features.grid.columns)
    guard rows % factor == 0, columns % factor == 0 else {
      throw ImageObjection(
        "the connector joins squares of \(factor) x \(factor) patches, which do not fill "
          + "the \(rows) x \(columns) of this picture")
    }
    return .raster(features, merging: factor)
  }
}
