public import LatentLensComponents

/// LLaVA-NeXT: LLaVA 1.5 with the picture seen twice, as a whole and in tiles (LLaVA-NeXT, 2024; reference:
/// transformers `modeling_llava_next.py`).
public struct LLaVANext: VisionLanguageModel {
  public typealias Configuration = LLaVA.Configuration
  public static let architectures = ["llava_next"]

  public static func recipe(
    for configuration: LLaVA.Configuration
  ) throws(UnsupportedConfiguration) -> Recipe {
    guard configuration.selection == "default" else {
      throw UnsupportedConfiguration(
        key: "vision_feature_select_strategy", found: "`\(configuration.selection)`",
        supported: "`default`: patches alone can be put together to a picture")
    }
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

  public struct Configuration: Decodable, Sendable {
    let activation: Activation
    let bias: Bool

    enum CodingKeys: String, CodingKey {
      case activation = "projector_hidden_act"
      case bias = "multimodal_projector_bias"
    }

    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      activation = try keys.decodeIfPresent(Activation.self, forKey: .activation) ?? .gelu
      bias = try keys.decodeIfPresent(Bool.self, forKey: .bias) ?? true
    }
  }

  private let feedForward: FeedForward
  private let newline: Embedding

  public init(
    _ configuration: Configuration, joining shape: ConnectorShape, weights: WeightScope
  ) throws(UnsupportedConfiguration) {
    let width = shape.outputWidth
    let projector = weights / "multi_modal_projector"
    feedForward = FeedForward(
      up: Linear(
        projector / "linear_1", from: shape.inputWidth, to: width, bias: configuration.bias),
      activation: configuration.activation,
      down: Linear(projector / "linear_2", from: width, to: width, bias: configuration.bias))
    newline = Embedding(
      weights.tensor("image_newline", [width]).reshaped([1, width]), compute: weights.compute)
  }

  public func objection(to features: FeatureRows, frame: ImageFrame) -> String? {
    guard features.crops > 1 else { return nil }
    guard let rows = frame.tileRows, let columns = frame.tileColumns, frame.imageWidth != nil,
      frame.imageHeight != nil
    else { return "tiles need image_sizes beside them, and the checkpoint's own processor" }
    return rows * columns + 1 == features.crops
      ? nil : "a raster of \(rows) x \(columns) tiles and the whole are not \(features.crops) crops"
  }

  public func arrange(_ features: FeatureRows, frame: ImageFrame) -> VisualArrangement {
    let whole = VisualArrangement.raster(features).tokens
    let lineEnd = VisualArrangement.Token(features: [])
    guard features.crops > 1, let rows = frame.tileRows, let columns = frame.tileColumns else {
      return VisualArrangement(tokens: whole + [lineEnd])
    }
    let picture = features.picture(tileRows: rows, tileColumns: columns, frame: frame)
    return VisualArrangement(tokens: whole + picture.flatMap { $0 + [lineEnd] })
  }

  public func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, frame: ImageFrame
  ) -> Matrix {
    let projected = Matrix(joiningRows: feedForward(features), newline([0]))
    return projected.gather(arrangement.tokens.map { $0.features.first ?? features.rows })
  }
}

extension FeatureRows {
  /// The tokens of the picture that tiles give together, row by row, without those that show padding
  /// (transformers `unpad_image`).
  fileprivate func picture(
    tileRows: Int, tileColumns: Int, frame: ImageFrame
  ) -> [[VisualArrangement.Token]] {
    let (height, width) = (tileRows * grid.rows, tileColumns * grid.columns)
    let shown = frame.shownPart(ofRows: height, columns: width)
    return shown.rows.map { y in
      shown.columns.map { x in
        let tile = y / grid.rows * tileColumns + x / grid.columns
        return VisualArrangement.Token(
          features: [row(crop: 1 + tile, y % grid.rows, x % grid.columns)],
          place: .init(
            view: 1, row: y - shown.rows.lowerBound, column: x - shown.columns.lowerBound,
            patchRows: y..<y + 1, patchColumns: x..<x + 1))
      }
    }
  }
}

extension ImageFrame {
  /// The part of a raster that shows a picture which was fitted into its middle.
  fileprivate func shownPart(
    ofRows rows: Int, columns: Int
  ) -> (rows: Range<Int>, columns: Range<Int>) {
    let (height, width) = (Double(imageHeight ?? 1), Double(imageWidth ?? 1))
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
