public import LatentLensComponents

/// Which patches of a single crop show padding; none where the picture was not fitted into a box.
public struct PaddedPatches: ImageLayout, Equatable {
  public let padding: PatchPadding

  init(_ padding: PatchPadding) {
    self.padding = padding
  }

  /// The method's VLMs with DINOv2 and SigLIP prepare their pictures without padding, as others do.
  public init(of image: PreparedImage) {
    self = image.layout as? Self ?? PaddedPatches(PatchPadding(of: image.pixels))
  }
}
