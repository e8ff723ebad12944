public import LatentLensImaging

/// The keys that image processors share, as transformers' classes read them.
extension ConfigurationKeys {
  /// The class of transformers that the file names, without the suffix that tells its backend.
  public func imageProcessorClass() throws -> String {
    imageProcessorName(
      try text("image_processor_type", "feature_extractor_type") ?? "CLIPImageProcessor")
  }

  /// `do_rescale`, `rescale_factor`, and `normalization`.
  public func scaling(_ standard: Normalization.Statistics) throws -> Normalization {
    let factor: Double = try positive("rescale_factor", default: 1 / 255)
    return Normalization(
      factor: try flag("do_rescale", default: true) ? factor : nil,
      statistics: try statistics(standard))
  }

  /// `do_normalize`, `image_mean` and `image_std`: nil where nothing is normalised.
  public func statistics(_ standard: Normalization.Statistics) throws -> Normalization.Statistics? {
    let told = try channelStatistics(standard)
    return try flag("do_normalize", default: true) ? told : nil
  }

  /// `image_mean` and `image_std`, whether or not something is normalised by them.
  public func channelStatistics(
    _ standard: Normalization.Statistics
  ) throws -> Normalization.Statistics {
    let mean = try value("image_mean", as: [Double].self)
    let deviation = try value("image_std", as: [Double].self)
    guard
      let statistics = Normalization.Statistics(
        mean: mean ?? standard.mean, deviation: deviation ?? standard.deviation)
    else {
      throw damaged(
        (mean ?? standard.mean).count == 3 ? "image_std" : "image_mean",
        "`image_mean` and `image_std` need three numbers each, no deviation of 0")
    }
    return statistics
  }

  /// `resample`: a number of Pillow's.
  public func filter(default standard: ResamplingFilter) throws -> ResamplingFilter {
    let number = try count("resample", default: standard.rawValue)
    guard let filter = ResamplingFilter(rawValue: number) else {
      throw damaged("resample", "is \(number), but Pillow's resampling filters are 0 to 5")
    }
    return filter
  }

  /// A number of pixels along a side, from 1 to 32768.
  public func side(_ names: String..., default standard: Int) throws -> Int {
    for name in names where contains(name) { return try size(name, limit: PictureSize.limit) }
    return standard
  }

  /// A size of a picture; nil where no key is there.
  public func pictureSize(_ names: String...) throws -> PictureSize? {
    for name in names where contains(name) { return try value(name) }
    return nil
  }
}

/// Keys of `preprocessor_config.json` that change nothing for a single picture that is read as RGB: what the
/// file is for, how tensors are handed over, and how pictures of a batch are brought together.
public let irrelevantProcessorKeys = [
  "image_processor_type", "feature_extractor_type", "processor_class", "auto_map",
  "transformers_version", "_valid_*", "do_convert_rgb", "data_format", "input_data_format",
  "return_tensors", "device", "disable_grouping", "image_seq_length", "size_divisor",
]

/// The name of a processor's class without the suffix that tells its backend: `Fast` or `Pil`.
public func imageProcessorName(_ name: String) -> String {
  var name = name
  for suffix in ["Fast", "Pil"] where name.hasSuffix(suffix) {
    name = String(name.dropLast(suffix.count))
  }
  return name
}

extension Normalization.Statistics {
  /// Those of the pictures that OpenAI's CLIP was trained on, which most processors share.
  public static let clip = Self(
    mean: (0.48145466, 0.4578275, 0.40821073), deviation: (0.26862954, 0.26130258, 0.27577711))
  /// From 0 to 1 becomes from -1 to 1.
  public static let half = Self(mean: (0.5, 0.5, 0.5), deviation: (0.5, 0.5, 0.5))
}
