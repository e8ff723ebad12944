public import LatentLensComponents

/// Reads the pieces as one picture again, row by row over all of them: a linear layer for each patch, and a
/// learned vector that tells in which piece it lies.
public struct MosaicConnector: Connector {
  public static let architectures = ["mosaic-connector"]

  public struct Configuration: AdapterConfiguration {
    /// The most pieces of a picture.
    let pieces: Int

    public init(_ keys: ConfigurationKeys) throws {
      pieces = try keys.size("maximum_pieces", default: 4, limit: 64)
    }
  }

  private let projection: Linear
  private let pieces: Embedding

  public init(_ c: Configuration, joining shape: ConnectorShape, weights: WeightScope) {
    projection = Linear(
      weights / "projection", from: shape.inputWidth, to: shape.outputWidth, bias: true)
    pieces = Embedding(weights / "pieces", count: c.pieces, width: shape.outputWidth)
  }

  public func arrange(
    _ features: FeatureRows, _ layout: MosaicLayout
  ) throws(ImageObjection) -> VisualArrangement {
    guard features.crops == layout.rows * layout.columns, features.crops <= pieces.count else {
      throw ImageObjection(
        "\(features.crops) crops are no \(layout.rows) x \(layout.columns) pieces, of which there may "
          + "be \(pieces.count)")
    }
    let grid = features.grid
    let tokens = (0..<layout.rows * grid.rows).flatMap { y in
      (0..<layout.columns * grid.columns).map { x in
        let piece = y / grid.rows * layout.columns + x / grid.columns
        return VisualArrangement.Token(
          features: [features.row(crop: piece, y % grid.rows, x % grid.columns)],
          place: .init(
            row: y, column: x, patchRows: y..<y + 1, patchColumns: x..<x + 1))
      }
    }
    return VisualArrangement(tokens: tokens)
  }

  public func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, _ layout: MosaicLayout
  ) -> Matrix {
    var rows = projection(features)
    let perPiece = features.rows / (layout.rows * layout.columns)
    rows.add(pieces((0..<rows.rows).map { $0 / perPiece }))
    return rows.gather(arrangement.tokens.flatMap(\.features))
  }
}
