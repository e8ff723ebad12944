public import LatentLensComponents

/// Two linear layers with an activation between them (LLaVA 1.5, arXiv 2310.03744; reference:
/// transformers `LlavaMultiModalProjector`).
public struct MLPConnector: Connector {
  public static let architectures = ["mlp"]

  public struct Configuration: AdapterConfiguration {
    let activation: Activation
    let bias: Bool

    public init(_ keys: ConfigurationKeys) throws {
      activation = try keys.projectorActivation()
      bias = try keys.projectorBias()
    }
  }

  private let feedForward: FeedForward

  public init(_ c: Configuration, joining shape: ConnectorShape, weights: WeightScope) {
    feedForward = FeedForward(
      projecting: shape, weights, activation: c.activation, bias: c.bias)
  }

  public func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, _ layout: NoLayout
  ) -> Matrix { feedForward(features) }
}
