public import LatentLensComponents

/// LLaVA-NeXT: LLaVA 1.5 with the picture seen twice, as a whole and in tiles (LLaVA-NeXT, 2024; reference:
/// transformers `modeling_llava_next.py`).
public struct LLaVANext: VisionLanguageModel {
  public typealias Configuration = LLaVA.Configuration
  public static let architectures = ["llava_next"]
  /// The rasters that a picture may be cut into are those of the image processor's file.
  public static let irrelevantKeys = LLaVA.irrelevantKeys + ["image_grid_pinpoints"]

  public static func recipe(
    for configuration: LLaVA.Configuration
  ) throws(UnsupportedConfiguration) -> Recipe {
    try configuration.checkSelection(
      ["default"], as: "`default`: patches alone can be put together to a picture")
    return .llava(
      configuration, keepsPrefix: false,
      connector: .init(
        architecture: "llava-next",
        names: ["multi_modal_projector.", "image_newline"].flatMap { name in
          [.init("model.\(name)", as: name), .init(name, as: name)]
        }))
  }
}

/// LLaVA-NeXT's connector: two layers for each patch, and a learned token at the end of each row of the
/// picture that the tiles give together, without the rows and columns that show padding.
public struct LLaVANextConnector: Connector {
  public static let architectures = ["llava-next"]

  public struct Configuration: AdapterConfiguration {
    let activation: Activation
    let bias: Bool

    public init(_ keys: ConfigurationKeys) throws {
      activation = try keys.projectorActivation()
      bias = try keys.projectorBias()
      try keys.require("use_image_newline_parameter", toBe: true)
    }
  }

  private let feedForward: FeedForward
  private let newline: Embedding

  public init(_ c: Configuration, joining shape: ConnectorShape, weights: WeightScope) {
    feedForward = FeedForward(
      projecting: shape, weights / "multi_modal_projector", activation: c.activation, bias: c.bias)
    newline = Embedding(
      weights.tensor("image_newline", [shape.outputWidth]).reshaped([1, shape.outputWidth]),
      compute: weights.compute)
  }

  public func arrange(
    _ features: FeatureRows, _ layout: TileLayout
  ) throws(ImageObjection) -> VisualArrangement {
    let whole = VisualArrangement.raster(features).tokens
    let lineEnd = VisualArrangement.Token(features: [])
    guard features.crops > 1 else { return VisualArrangement(tokens: whole + [lineEnd]) }
    guard features.crops == 1 + layout.tileRows * layout.tileColumns else {
      throw ImageObjection(
        "a raster of \(layout.tileRows) x \(layout.tileColumns) tiles and the whole are not "
          + "\(features.crops) crops")
    }
    let picture = features.picture(layout)
    return VisualArrangement(tokens: whole + picture.flatMap { $0 + [lineEnd] })
  }

  public func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, _ layout: TileLayout
  ) -> Matrix {
    let projected = Matrix(joiningRows: feedForward(features), newline([0]))
    return projected.gather(arrangement.tokens.map { $0.features.first ?? features.rows })
  }
}

extension FeatureRows {
  /// The tokens of the picture that tiles give together, row by row, without those that show padding
  /// (transformers `unpad_image`).
  fileprivate func picture(_ layout: TileLayout) -> [[VisualArrangement.Token]] {
    let (height, width) = (layout.tileRows * grid.rows, layout.tileColumns * grid.columns)
    let shown = layout.shownPart(ofRows: height, columns: width)
    return shown.rows.map { y in
      shown.columns.map { x in
        let tile = y / grid.rows * layout.tileColumns + x / grid.columns
        return VisualArrangement.Token(
          features: [row(crop: 1 + tile, y % grid.rows, x % grid.columns)],
          place: .init(
            view: 1, row: y - shown.rows.lowerBound, column: x - shown.columns.lowerBound,
            patchRows: y..<y + 1, patchColumns: x..<x + 1))
      }
    }
  }
}

extension TileLayout {
  /// The part of a raster that shows a picture which was fitted into its middle.
  fileprivate func shownPart(
    ofRows rows: Int, columns: Int
  ) -> (rows: Range<Int>, columns: Range<Int>) {
    let (height, width) = (Double(imageHeight), Double(imageWidth))
    if width / height > Double(columns) / Double(rows) {
      let padding = (rows - (height * Double(columns) / width).wholePart) / 2
      return (padding..<rows - padding, 0..<columns)
    }
    let padding = (columns - (width * Double(rows) / height).wholePart) / 2
    return (0..<rows, padding..<columns - padding)
  }
}

extension Double {
  /// Cut off after rounding to seven places, so that errors of arithmetic cost no row.
  fileprivate var wholePart: Int { Int((self * 1e7).rounded(.toNearestOrEven) / 1e7) }
}
