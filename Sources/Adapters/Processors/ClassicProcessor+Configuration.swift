public import LatentLensComponents

extension ClassicProcessor {
  /// What a class of transformers assumes where its file is silent.
  struct Defaults: Sendable {
    var size = PictureSize.shortestEdge(224)
    /// Whether a number alone is the side of a square, and not the shorter edge.
    var isSquare = false
    var filter = ResamplingFilter.bicubic
    /// The size of the middle that is kept; nil where the class crops nothing.
    var crop: PictureSize? = .number(224)
    var statistics = Normalization.Statistics.clip
    /// Whether `do_pad` makes the picture a square.
    var padsToSquare = false

    static let standard = Defaults()
    static let classes = [
      "CLIPImageProcessor": standard,
      "CLIPFeatureExtractor": standard,
      "BitImageProcessor": standard,
      "LlavaImageProcessor": Defaults(padsToSquare: true),
      "SiglipImageProcessor": Defaults(
        size: .rectangle(width: 224, height: 224), crop: nil, statistics: .half),
      "ViTImageProcessor": Defaults(
        size: .rectangle(width: 224, height: 224), isSquare: true, filter: .bilinear, crop: nil,
        statistics: .half),
    ]
  }

  /// The keys of `preprocessor_config.json`, with the defaults of the class that it names.
  public struct Configuration: AdapterConfiguration {
    enum Resizing: Sendable {
      case shortestEdge(Int, ResamplingFilter)
      case size(width: Int, height: Int, ResamplingFilter)
      case sizeInFloats(width: Int, height: Int, Interpolation)
    }

    /// The colour that makes the picture a square; nil leaves it as it is.
    let padding: RGBImage.Color?
    let resizing: Resizing?
    let crop: (width: Int, height: Int)?
    let normalization: Normalization

    public init(_ keys: ConfigurationKeys) throws {
      let defaults = Defaults.classes[try keys.imageProcessorClass()] ?? .standard
      let statistics = try keys.channelStatistics(defaults.statistics)
      normalization = try keys.scaling(statistics)
      let pads = try defaults.padsToSquare && keys.flag("do_pad", default: false)
      padding = pads ? .mean(of: statistics) : nil
      resizing = try Self.resizing(keys, defaults)
      let size = try keys.pictureSize("crop_size") ?? defaults.crop
      let crops = try keys.flag("do_center_crop", default: defaults.crop != nil)
      switch size {
      case .number(let side)?: crop = crops ? (side, side) : nil
      case .rectangle(let width, let height)?: crop = crops ? (width, height) : nil
      case nil where !crops: crop = nil
      case nil, .shortestEdge?: throw keys.damaged("crop_size", "needs a height and a width")
      }
    }

    private static func resizing(
      _ keys: ConfigurationKeys, _ defaults: Defaults
    ) throws -> Resizing? {
      let filter = try keys.filter(default: defaults.filter)
      let size = try keys.pictureSize("size") ?? defaults.size
      let isSquare = try keys.flag("default_to_square", default: defaults.isSquare)
      let antialias = try keys.value("antialias", as: Bool.self)
      guard try keys.flag("do_resize", default: true) else { return nil }
      let (width, height): (Int, Int)
      switch size {
      case .number(let side) where isSquare: (width, height) = (side, side)
      case .number(let edge), .shortestEdge(let edge):
        guard antialias == nil else {
          throw keys.damaged("antialias", "can be told for a size of height and width alone")
        }
        return .shortestEdge(edge, filter)
      case .rectangle(let w, let h): (width, height) = (w, h)
      }
      // No key of transformers' files: its processors that resample with torch take it as an argument.
      switch (antialias, filter) {
      case (nil, _): return .size(width: width, height: height, filter)
      case (let antialias?, .bilinear):
        return .sizeInFloats(
          width: width, height: height, .bilinear(antialias: antialias))
      case (true, .bicubic):
        return .sizeInFloats(width: width, height: height, .bicubic)
      default:
        throw keys.damaged(
          "antialias", "can be told for bilinear resampling, or be true for bicubic")
      }
    }
  }
}

extension RGBImage.Color {
  /// The colour that normalising makes 0.
  fileprivate static func mean(of statistics: Normalization.Statistics) -> Self {
    let levels = statistics.mean.map { UInt8(max(0, min(255, $0 * 255))) }
    return Self(red: levels[0], green: levels[1], blue: levels[2])
  }
}
