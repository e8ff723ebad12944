public import LatentLensComponents

/// A single linear layer (LLaVA 1, arXiv 2304.08485).
public struct LinearConnector: Connector {
  public static let architectures = ["linear"]

  public struct Configuration: Decodable, Sendable {
    let bias: Bool

    enum CodingKeys: String, CodingKey {
      case bias = "multimodal_projector_bias"
    }

    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      bias = try keys.decodeIfPresent(Bool.self, forKey: .bias) ?? true
    }
  }

  private let projection: Linear

  public init(
    _ configuration: Configuration, joining shape: ConnectorShape, weights: WeightScope
  ) throws(UnsupportedConfiguration) {
    projection = Linear(
      weights, from: shape.inputWidth, to: shape.outputWidth, bias: configuration.bias)
  }

  public func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, frame: ImageFrame
  ) -> Matrix { projection(features) }
}
