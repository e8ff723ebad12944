public import LatentLensComponents

/// `w2(silu(w1 x) * w3 x)` without biases: the connector of the method's own VLMs (arXiv 2602.00462).
///
/// Its inner width is that of the decoder's feed-forward block, so the checkpoint has to say it.
public struct GatedMLPConnector: Connector {
  public static let architectures = ["gated-mlp"]

  public struct Configuration: Decodable, Sendable {
    let intermediateSize: Int

    enum CodingKeys: String, CodingKey {
      case intermediateSize = "intermediate_size"
    }

    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      intermediateSize = try keys.size(.intermediateSize)
    }
  }

  private let feedForward: GatedFeedForward

  public init(
    _ configuration: Configuration, joining shape: ConnectorShape, weights: WeightScope
  ) throws(UnsupportedConfiguration) {
    let inner = configuration.intermediateSize
    feedForward = GatedFeedForward(
      gate: Linear(weights / "w1", from: shape.inputWidth, to: inner),
      up: Linear(weights / "w3", from: shape.inputWidth, to: inner),
      activation: .silu,
      down: Linear(weights / "w2", from: inner, to: shape.outputWidth))
  }

  public func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, frame: ImageFrame
  ) -> Matrix { feedForward(features) }
}
