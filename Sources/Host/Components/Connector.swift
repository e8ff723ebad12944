public import LatentLensKernels
public import LatentLensTensors
public import LatentLensWeights

/// Maps visual features into the embedding space of a language model.
public protocol Connector: Component {
  /// Builds the layers between an encoder and a decoder.
  ///
  /// - Throws: `UnsupportedConfiguration` where the checkpoint asks for something this code is not.
  init(
    _ configuration: Configuration, joining shape: ConnectorShape, weights: WeightScope
  ) throws(UnsupportedConfiguration)

  /// How the patches of an image become visual tokens; every patch row by row unless a connector says
  /// otherwise.
  func arrange(_ features: FeatureRows, frame: ImageFrame) -> VisualArrangement

  /// Why an image that is cut like this cannot be arranged; nil if it can.
  func objection(to features: FeatureRows, frame: ImageFrame) -> String?

  /// Projects features `[rows, inputWidth]` to visual tokens `[arrangement.tokens.count, outputWidth]`.
  func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, frame: ImageFrame
  ) -> Matrix

  /// How many of the decoder's first blocks something is added after (DeepStack, arXiv 2406.04334).
  var injectionCount: Int { get }

  /// What is added at the visual tokens' positions after block `index + 1`, like them in shape.
  func injection(
    _ index: Int, _ features: borrowing Matrix, _ arrangement: VisualArrangement
  ) -> Matrix

  /// Embeddings of tokens that follow the decoder's own in the vocabulary; nil for most.
  var extraEmbedding: Embedding? { get }
}

extension Connector {
  public func arrange(_ features: FeatureRows, frame: ImageFrame) -> VisualArrangement {
    .raster(features)
  }

  public func objection(to features: FeatureRows, frame: ImageFrame) -> String? {
    features.crops == 1 ? nil : "the connector takes a single crop, not \(features.crops)"
  }

  public var injectionCount: Int { 0 }

  public func injection(
    _ index: Int, _ features: borrowing Matrix, _ arrangement: VisualArrangement
  ) -> Matrix {
    preconditionFailure("this connector adds nothing after block \(index + 1)")
  }

  public var extraEmbedding: Embedding? { nil }
}

/// What a connector has to fit: known from its neighbours before it is built.
public struct ConnectorShape: Sendable, Equatable {
  /// The width of the features it takes: the encoder's, times the number of layers that feed it.
  public let inputWidth: Int
  /// The hidden size of the decoder it writes for.
  public let outputWidth: Int

  public init(inputWidth: Int, outputWidth: Int) {
    self.inputWidth = inputWidth
    self.outputWidth = outputWidth
  }
}
