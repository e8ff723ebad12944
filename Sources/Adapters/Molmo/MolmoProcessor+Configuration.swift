public import LatentLensComponents

extension MolmoProcessor {
  /// The keys of `preprocessor_config.json`, with the defaults of `Molmo2ImageProcessor`, or of the
  /// processor that Molmo ships.
  public struct Configuration: AdapterConfiguration {
    /// How a picture is brought to a size.
    enum Fit: Sendable {
      /// Without regard to its aspect, bilinear without antialiasing, rounded to bytes (Molmo 2).
      case squash
      /// Into the middle of black, bilinear with antialiasing, in floats (Molmo).
      case letterbox
    }

    let fit: Fit
    /// The side of a crop and of a patch, in pixels.
    let side: Int
    let patch: Int
    let margins: OverlapLayout.Margins
    /// The most crops beside the whole picture.
    let limit: Int
    let normalization: Normalization

    /// Patches along a side of a crop.
    var perSide: Int { side / patch }
    /// The patches that a crop adds to a row of crops.
    var window: Int { perSide - margins.sum }

    public init(_ keys: ConfigurationKeys) throws {
      let isFirst = try keys.imageProcessorClass() == "MolmoImageProcessor"
      fit = isFirst ? .letterbox : .squash
      let sizeKey = isFirst ? "base_image_input_size" : "size"
      let size = try keys.pictureSize(sizeKey) ?? .number(isFirst ? 336 : 378)
      guard let side = size.square else {
        throw keys.damaged(sizeKey, "needs a height and a width that are the same")
      }
      self.side = side
      patch = try keys.side(isFirst ? "image_patch_size" : "patch_size", default: 14)
      limit = try keys.size("max_crops", default: isFirst ? 12 : 8, limit: 64)
      let perSide = side / patch
      let told = try keys.value("overlap_margins", as: [Int].self) ?? [4, 4]
      guard side % patch == 0, told.count == 2, told.allSatisfy({ 0...perSide ~= $0 }),
        perSide > told[0] + told[1]
      else {
        throw keys.damaged(
          "overlap_margins",
          "crops of \(side) pixels in patches of \(patch) cannot overlap by \(told)")
      }
      margins = OverlapLayout.Margins(before: told[0], after: told[1])
      guard 3 * side * side * (limit + 1) <= FramedPicture.valueLimit else {
        throw keys.damaged(
          "max_crops", "\(limit) crops of \(side) x \(side) pixels are no reasonable number")
      }
      // What the first Molmo scales by is fixed in its code.
      normalization =
        isFirst
        ? Normalization(factor: 1 / 255, statistics: try keys.statistics(.clip))
        : try keys.scaling(.half)
      try Self.checkFixed(keys, isFirst: isFirst, perSide: side / patch)
    }

    /// What the files tell, and the processors do in one way alone.
    private static func checkFixed(
      _ keys: ConfigurationKeys, isFirst: Bool, perSide: Int
    ) throws {
      if isFirst {
        try keys.require("image_token_length_w", toBe: (perSide + 1) / 2)
        try keys.require("image_token_length_h", toBe: (perSide + 1) / 2)
        try keys.require("image_padding_mask", toBe: true)
      } else {
        try keys.require("resample", toBe: ResamplingFilter.bilinear.rawValue)
        try keys.require("pooling_size", toBe: [2, 2])
      }
    }
  }
}
