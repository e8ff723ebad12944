public import LatentLensComponents

/// The processor of Qwen's VLMs: sides that patches and their squares divide, an area within bounds, and
/// patches in the order in which they are merged (arXiv 2409.12191; reference: transformers
/// `Qwen2VLImageProcessor`).
public struct QwenVLProcessor: ImageProcessor {
  public static let architectures = ["Qwen2VLImageProcessor"]
  public static let irrelevantKeys =
    irrelevantProcessorKeys + [
      "default_to_square", "crop_size", "do_center_crop", "do_pad", "pad_size",
    ]

  public struct Configuration: AdapterConfiguration {
    let patch: Int
    /// The side of the squares of patches that become one visual token.
    let block: Int
    let frames: Int
    /// The bounds on the picture's area, in pixels; nil leaves its size as it is.
    let area: ClosedRange<Int>?
    let filter: ResamplingFilter
    let normalization: Normalization

    public init(_ keys: ConfigurationKeys) throws {
      patch = try keys.size("patch_size", default: 14, limit: 1024)
      block = try keys.size("merge_size", default: 2, limit: 64)
      frames = try keys.size("temporal_patch_size", default: 2, limit: 64)
      let size = try keys.optionalObject("size")
      func bound(_ older: String, _ newer: String, _ standard: Int) throws -> Int {
        let (limit, inSize) = (1 << 40, try size?.optionalSize(newer, older, limit: 1 << 40))
        return try keys.optionalSize(older, limit: limit) ?? inSize ?? standard
      }
      let least = try bound("min_pixels", "shortest_edge", 56 * 56)
      let most = try bound("max_pixels", "longest_edge", 28 * 28 * 1280)
      guard least <= most else {
        throw keys.damaged(
          keys.contains("max_pixels") ? "max_pixels" : "size",
          "asks for at least \(least) and at most \(most) pixels")
      }
      area = try keys.flag("do_resize", default: true) ? least...most : nil
      filter = try keys.filter(default: .bicubic)
      normalization = try keys.scaling(.clip)
    }
  }

  private let configuration: Configuration

  public init(_ configuration: Configuration) {
    self.configuration = configuration
  }

  public func prepare(_ picture: RGBImage) throws(ImageObjection) -> PreparedImage {
    let (patch, block) = (configuration.patch, configuration.block)
    var framed = FramedPicture(picture)
    if let area = configuration.area {
      framed = try framed.resized(toArea: area, multiplesOf: patch * block, configuration.filter)
    }
    let pixels = try PixelValues(
      patchesOf: framed, configuration.normalization, side: patch, block: block,
      frames: configuration.frames)
    return PreparedImage(pixels, views: [ImageView(framed)])
  }

  public func replay(_ tensors: any CapturedTensors) throws(ImageObjection) -> PreparedImage {
    PreparedImage(try tensors.patches(ofSide: configuration.patch, block: configuration.block))
  }

  public func level(of value: Double, channel: Int) -> Double {
    configuration.normalization.level(of: value, channel: channel)
  }
}
