public import LatentLensComponents

/// The connector of the method's own nine VLMs (arXiv 2602.00462), as its authors publish it: embeddings
/// that mark padded patches, the gated layers, and the embeddings of the tokens around the image.
///
/// Patches stand row by row, a token at the end of each row, and all of them between a token for the
/// beginning and one for the end. Padding is marked for a single crop, which is all that they see.
public struct LatentLensConnector: Connector {
  public static let architectures = ["latentlens"]

  public struct Configuration: Decodable, Sendable {
    let intermediateSize: Int
    let newTokens: Int
    let startToken: Int
    let endToken: Int
    let columnToken: Int

    enum CodingKeys: String, CodingKey {
      case intermediateSize = "intermediate_size"
      case newTokens = "additional_vocab_size"
      case startToken = "image_start_token"
      case endToken = "image_end_token"
      case columnToken = "image_column_token"
    }

    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      intermediateSize = try keys.size(.intermediateSize)
      newTokens = try keys.size(.newTokens, default: 128)
      startToken = try keys.decode(Int.self, forKey: .startToken)
      endToken = try keys.decode(Int.self, forKey: .endToken)
      columnToken = try keys.decode(Int.self, forKey: .columnToken)
    }
  }

  public let extraEmbedding: Embedding?
  private let configuration: Configuration
  private let padding: Embedding
  private let feedForward: GatedFeedForward

  public init(
    _ configuration: Configuration, joining shape: ConnectorShape, weights: WeightScope
  ) throws(UnsupportedConfiguration) {
    self.configuration = configuration
    extraEmbedding = Embedding(
      (weights / "transformer" / "wte").tensor(
        "new_embedding", [configuration.newTokens, shape.outputWidth]),
      compute: weights.compute)
    let vision = weights / "vision_backbone"
    padding = Embedding(
      vision.tensor("pad_embed", [2, shape.inputWidth]), compute: weights.compute)
    let projector = vision / "image_projector"
    let inner = configuration.intermediateSize
    feedForward = GatedFeedForward(
      gate: Linear(projector / "w1", from: shape.inputWidth, to: inner),
      up: Linear(projector / "w3", from: shape.inputWidth, to: inner),
      activation: .silu,
      down: Linear(projector / "w2", from: inner, to: shape.outputWidth))
  }

  public func arrange(_ features: FeatureRows, frame: ImageFrame) -> VisualArrangement {
    let row =
      Array(repeating: VisualArrangement.Slot.visual, count: features.grid.columns)
      + [.token(configuration.columnToken)]
    let rows = Array(repeating: row, count: features.grid.rows).flatMap { $0 }
    return .raster(
      features,
      slots: [.token(configuration.startToken)] + rows + [.token(configuration.endToken)])
  }

  public func objection(to features: FeatureRows, frame: ImageFrame) -> String? {
    guard features.crops == 1, features.prefix == 0 else {
      return "the connector takes the patches of a single crop alone"
    }
    let shares = frame.coverage?.count ?? features.count
    return shares == features.count
      ? nil : "padding is told for \(shares) patches, but there are \(features.count)"
  }

  public func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, frame: ImageFrame
  ) -> Matrix {
    var rows = features.copy()
    // An image of which every value is -1 counts as padding, even if it is a black one.
    if !frame.blankCrops.isEmpty { rows.scale(by: 0) }
    let padded = frame.paddedPatches
    let embeddings = padding([0, 1])
    rows.add(row: embeddings.row(0), at: padded.wholly)
    rows.add(row: embeddings.row(1), at: padded.partly)
    return feedForward(rows)
  }
}
