public import LatentLensKernels
public import LatentLensTensors
public import LatentLensWeights

/// Maps visual features into the embedding space of a language model.
public protocol Connector: Component {
  /// What it has to know of how the picture was cut: `NoLayout` for most.
  associatedtype Layout: ImageLayout = NoLayout

  /// Builds the layers between an encoder and a decoder.
  ///
  /// - Throws: `UnsupportedConfiguration` where the checkpoint asks for something this code is not.
  init(
    _ configuration: Configuration, joining shape: ConnectorShape, weights: WeightScope
  ) throws(UnsupportedConfiguration)

  /// How the patches of an image become visual tokens; each patch one, row by row, unless a connector says
  /// otherwise.
  ///
  /// - Throws: `ImageObjection` where an image that is cut like this cannot be arranged.
  func arrange(
    _ features: FeatureRows, _ layout: Layout
  ) throws(ImageObjection) -> VisualArrangement

  /// Projects features `[rows, inputWidth]` to visual tokens `[arrangement.tokens.count, outputWidth]`.
  func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, _ layout: Layout
  ) -> Matrix

  /// How many of the decoder's first blocks something is added after (DeepStack, arXiv 2406.04334).
  var additionCount: Int { get }

  /// What is added at the visual tokens' positions after the block with this index, like them in shape.
  func addition(
    _ index: Int, _ features: borrowing Matrix, _ arrangement: VisualArrangement
  ) -> Matrix

  /// Embeddings of tokens that follow the decoder's own in the vocabulary; nil for most.
  var extraEmbedding: Embedding? { get }

  /// What the publisher's tokenizer calls tokens of the image that the file of the decoder's tokenizer
  /// does not have, by their ids.
  var tokenTexts: [Int: String] { get }
}

extension Connector {
  public static var kind: String { "connector" }

  public func arrange(
    _ features: FeatureRows, _ layout: Layout
  ) throws(ImageObjection) -> VisualArrangement {
    guard features.crops == 1 else {
      throw ImageObjection("the connector takes a single crop, not \(features.crops)")
    }
    return .raster(features)
  }

  public var additionCount: Int { 0 }

  /// Nothing, for connectors that add nothing.
  public func addition(
    _ index: Int, _ features: borrowing Matrix, _ arrangement: VisualArrangement
  ) -> Matrix {
    Matrix(rows: 0, columns: 0)
  }

  public var extraEmbedding: Embedding? { nil }
  public var tokenTexts: [Int: String] { [:] }
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

  /// The width of the features of a square of patches side by side.
  ///
  /// - Parameter key: what the configuration calls the square's side.
  /// - Throws: `UnsupportedConfiguration` where no row of any model is as wide.
  public func width(
    ofSquares side: Int, key: String
  ) throws(UnsupportedConfiguration) -> Int {
    guard inputWidth <= WeightScope.widest / (side * side) else {
      throw UnsupportedConfiguration(
        key: key, found: "\(side)",
        supported:
          "squares of less than \(WeightScope.widest) numbers, of which each patch has \(inputWidth)"
      )
    }
    return inputWidth * side * side
  }
}
