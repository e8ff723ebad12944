internal import LatentLensComponents
internal import LatentLensTensors

/// What makes an image's visual tokens of an encoder's features: a connector that has looked at how this
/// image was cut. Whatever could be wrong with the image has been found by then.
protocol VisualSource: Sendable {
  /// How patches become visual tokens.
  var arrangement: VisualArrangement { get }

  /// The visual tokens `[arrangement.tokens.count, hiddenSize]` of features `[rows, inputWidth]`.
  func project(_ features: borrowing Matrix) -> Matrix

  /// What is added at the visual tokens after the decoder's block with this index, from 0.
  func addition(_ index: Int, _ features: borrowing Matrix) -> Matrix
}

/// A connector with the layout of one image in the connector's own type.
private struct ArrangedConnector<C: Connector>: VisualSource {
  let connector: C
  let layout: C.Layout
  let arrangement: VisualArrangement

  init(
    _ connector: C, _ features: FeatureRows, _ image: PreparedImage
  ) throws(ImageObjection) {
    self.connector = connector
    layout = try C.Layout(of: image)
    arrangement = try connector.arrange(features, layout)
  }

  func project(_ features: borrowing Matrix) -> Matrix {
    connector.project(features, arrangement, layout)
  }

  func addition(_ index: Int, _ features: borrowing Matrix) -> Matrix {
    connector.addition(index, features, arrangement)
  }
}

extension Connector {
  /// Looks at how an image was cut; called on `any Connector`, this is where its own types are known.
  ///
  /// - Throws: `ImageObjection` where the connector cannot read an image that is cut like this.
  func arranged(
    _ features: FeatureRows, _ image: PreparedImage
  ) throws(ImageObjection) -> any VisualSource {
    try ArrangedConnector(self, features, image)
  }
}
