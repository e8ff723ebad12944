public import LatentLensComponents

/// The processors that pad, resize and crop a picture as a whole (reference: transformers
/// `CLIPImageProcessor` and those that differ from it in their defaults).
public struct ClassicProcessor: ImageProcessor {
  public static let architectures: [String] = Defaults.classes.keys.sorted()
  public static let irrelevantKeys =
    irrelevantProcessorKeys + [
      // Brings the pictures of a batch to one size, unless the class reads it.
      "do_pad"
    ]

  private let configuration: Configuration

  public init(_ configuration: Configuration) {
    self.configuration = configuration
  }

  public func prepare(_ picture: RGBImage) throws(ImageObjection) -> PreparedImage {
    var framed = FramedPicture(picture)
    if let color = configuration.padding { framed = try framed.paddedToSquare(color) }
    switch configuration.resizing {
    case .shortestEdge(let edge, let filter):
      framed = try framed.resized(shortestEdge: edge, filter)
    case .size(let width, let height, let filter):
      framed = try framed.resized(width: width, height: height, filter)
    case .sizeInFloats(let width, let height, let interpolation):
      framed = try framed.resizedInFloats(width: width, height: height, interpolation)
    case nil: break
    }
    if let crop = configuration.crop {
      framed = try framed.centerCropped(width: crop.width, height: crop.height)
    }
    return try PreparedImage(whole: framed, configuration.normalization)
  }

  public func level(of value: Double, channel: Int) -> Double {
    configuration.normalization.level(of: value, channel: channel)
  }
}
