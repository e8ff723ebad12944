public import LatentLensComponents

/// Two linear layers with an activation between them (LLaVA 1.5, arXiv 2310.03744; reference:
/// transformers `LlavaMultiModalProjector`).
public struct MLPConnector: Connector {
  public static let architectures = ["mlp"]

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

  public init(
    _ configuration: Configuration, joining shape: ConnectorShape, weights: WeightScope
  ) throws(UnsupportedConfiguration) {
    feedForward = FeedForward(
      up: Linear(
        weights / "linear_1", from: shape.inputWidth, to: shape.outputWidth,
        bias: configuration.bias),
      activation: configuration.activation,
      down: Linear(
        weights / "linear_2", from: shape.outputWidth, to: shape.outputWidth,
        bias: configuration.bias))
  }

  public func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, frame: ImageFrame
  ) -> Matrix { feedForward(features) }
}
