public import LatentLensComponents

/// A single linear layer (LLaVA 1, arXiv 2304.08485).
public struct LinearConnector: Connector {
  public static let architectures = ["linear"]

  public struct Configuration: AdapterConfiguration {
    let bias: Bool

    public init(_ keys: ConfigurationKeys) throws { bias = try keys.projectorBias() }
  }

  private let projection: Linear

  public init(_ c: Configuration, joining shape: ConnectorShape, weights: WeightScope) {
    projection = Linear(weights, from: shape.inputWidth, to: shape.outputWidth, bias: c.bias)
  }

  public func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, _ layout: NoLayout
  ) -> Matrix { projection(features) }
}
