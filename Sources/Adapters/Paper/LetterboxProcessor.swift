public import LatentLensComponents

/// The processor of the method's own VLMs with CLIP (arXiv 2602.00462): the picture in the middle of a
/// black square, resized in floats.
///
/// No class of transformers; the name and its keys are this house's.
public struct LetterboxProcessor: ImageProcessor {
  public static let architectures = ["LetterboxImageProcessor"]

  public struct Configuration: AdapterConfiguration {
    let side: Int
    let patch: Int
    let normalization: Normalization

    public init(_ keys: ConfigurationKeys) throws {
      guard let side = try (keys.pictureSize("size") ?? .number(336)).square else {
        throw keys.damaged("size", "needs the side of a square")
      }
      self.side = side
      patch = try keys.side("patch_size", default: 14)
      normalization = Normalization(factor: 1 / 255, statistics: try keys.statistics(.clip))
      guard side % patch == 0 else {
        throw keys.damaged("size", "is \(side), which is no multiple of patches of \(patch)")
      }
    }
  }

  private let configuration: Configuration

  public init(_ configuration: Configuration) {
    self.configuration = configuration
  }

  public func prepare(_ picture: RGBImage) throws(ImageObjection) -> PreparedImage {
    let side = configuration.side
    let box = Letterbox(picture, width: side, height: side)
    let pixels = PixelValues(crops: [configuration.normalization(scaled: box.planes)])
    let shares = box.coverage(patch: configuration.patch)
    return PreparedImage(
      pixels, views: [ImageView(box)],
      layout: PaddedPatches(PatchPadding(of: pixels, shares: shares)))
  }

  public func replay(_ tensors: any CapturedTensors) throws(ImageObjection) -> PreparedImage {
    let pixels = try tensors.planes()
    return PreparedImage(
      pixels,
      layout: PaddedPatches(PatchPadding(of: pixels, shares: tensors.floats("image_masks"))))
  }

  public func level(of value: Double, channel: Int) -> Double {
    configuration.normalization.level(of: value, channel: channel)
  }
}
