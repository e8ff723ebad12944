public import LatentLensImaging

/// A picture as a model will see it, and the way back to its original pixels.
public struct PreparedImage: Sendable {
  public let pixels: PixelValues
  /// The picture as a whole, then, where it is cut, the picture that crops are cut from; none for pixels
  /// that were captured elsewhere.
  public let views: [ImageView]
  /// How the picture was cut, for those connectors that have to know: a type of the processor's own.
  public let layout: any ImageLayout

  public init(
    _ pixels: PixelValues, views: [ImageView] = [], layout: any ImageLayout = NoLayout()
  ) {
    self.pixels = pixels
    self.views = views
    self.layout = layout
  }
}

/// A picture that crops are cut from: its size in pixels, and the way back to the original.
public struct ImageView: Sendable, Equatable {
  public let width: Int
  public let height: Int
  /// From places of this picture to places of the original.
  public let map: PixelMap

  public init(width: Int, height: Int, map: PixelMap) {
    self.width = width
    self.height = height
    self.map = map
  }
}

/// How an image processor has cut a picture, as far as a connector has to know.
///
/// A processor hands over a value of a type of its own; the connector that goes with it asks for that
/// type, and so finds it without a cast.
public protocol ImageLayout: Sendable {
  /// Finds the layout of a prepared image.
  ///
  /// - Throws: `ImageObjection` where its processor has told no layout of this kind.
  init(of image: PreparedImage) throws(ImageObjection)
}

extension ImageLayout {
  public init(of image: PreparedImage) throws(ImageObjection) {
    guard let layout = image.layout as? Self else {
      throw ImageObjection(
        "the connector needs to know how the picture was cut (\(Self.self)), which only the "
          + "checkpoint's own image processor tells")
    }
    self = layout
  }
}

/// Nothing has to be known.
public struct NoLayout: ImageLayout {
  public init() {}
  public init(of image: PreparedImage) {}
}
