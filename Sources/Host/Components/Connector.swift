public import Kernels

/// Maps visual features into the embedding space of a language model.
public protocol Connector: Component {
  /// Builds the layers between an encoder and a decoder.
  ///
  /// - Throws: `UnsupportedConfiguration` where the checkpoint asks for something this code is not.
  init(
    _ configuration: Configuration, joining shape: ConnectorShape, weights: WeightScope
  ) throws(UnsupportedConfiguration)

  /// Projects features `[tokens, inputWidth]` to visual tokens `[tokens, outputWidth]`.
  func project(_ features: borrowing Matrix) -> Matrix
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
