public import LatentLensComponents

/// `w2(silu(w1 x) * w3 x)` without biases: the gated layers of the method's own VLMs (arXiv 2602.00462),
/// alone.
///
/// Its inner width is that of the decoder's feed-forward block, so the checkpoint has to say it.
public struct GatedMLPConnector: Connector {
  public static let architectures = ["gated-mlp"]

  public struct Configuration: AdapterConfiguration {
    let intermediateSize: Int

    public init(_ keys: ConfigurationKeys) throws {
      intermediateSize = try keys.intermediateSize()
    }
  }

  private let feedForward: GatedFeedForward

  public init(_ c: Configuration, joining shape: ConnectorShape, weights: WeightScope) {
    feedForward = GatedFeedForward(
      weights, width: shape.inputWidth, inner: c.intermediateSize, outputs: shape.outputWidth,
      names: ("w1", "w3", "w2"))
  }

  public func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, _ layout: NoLayout
  ) -> Matrix { feedForward(features) }
}
