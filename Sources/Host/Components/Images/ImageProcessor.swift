public import LatentLensImaging

/// Prepares pictures for an encoder: sizes, cuts and normalises them as a model's publisher did.
public protocol ImageProcessor: Adapter {
  /// - Throws: `UnsupportedConfiguration` where the file asks for something this code is not.
  init(_ configuration: Configuration) throws(UnsupportedConfiguration)

  /// Prepares a picture.
  ///
  /// - Throws: `ImageObjection` where the picture would become something of unreasonable size.
  func prepare(_ picture: RGBImage) throws(ImageObjection) -> PreparedImage

  /// Takes pixels that were captured elsewhere, with what was captured beside them.
  ///
  /// - Throws: `ImageObjection` that tells which tensors it takes, and of which shapes.
  func replay(_ tensors: any CapturedTensors) throws(ImageObjection) -> PreparedImage

  /// The 8-bit level that a value of a channel (0 red, 1 green, 2 blue) stands for.
  func level(of value: Double, channel: Int) -> Double
}

extension ImageProcessor {
  public static var kind: String { "image processor" }

  public static var irrelevantKeys: [String] { irrelevantProcessorKeys }

  public func replay(_ tensors: any CapturedTensors) throws(ImageObjection) -> PreparedImage {
    PreparedImage(try tensors.planes())
  }
}

extension Registry {
  /// The processor for a class of transformers, whose name may tell its backend, too.
  public func imageProcessor(ofClass name: String) -> (any ImageProcessor.Type)? {
    imageProcessor(imageProcessorName(name))
  }
}
