public import Formats

extension ImageProcessor {
  /// Reads `preprocessor_config.json`, or `processor_config.json` with a nested `image_processor`.
  ///
  /// Keys that are absent have the defaults of the processor's class in transformers.
  public init(contentsOf path: String) throws(JSONError) {
    let root = try JSONNode(contentsOf: path)
    try self.init(root["image_processor"] ?? root)
  }

  init(_ node: JSONNode) throws(JSONError) {
    let type = node["image_processor_type"] ?? node["feature_extractor_type"]
    let name = try type?.string() ?? "CLIPImageProcessor"
    guard let defaults = Defaults.named(name) else {
      let known = Defaults.names.joined(separator: ", ")
      throw (type ?? node).error("`\(name)` has no description here; there are \(known)")
    }
    func flag(_ key: String, _ standard: Bool) throws(JSONError) -> Bool {
      try node[key]?.bool() ?? standard
    }
    var steps: [Step] = []
    let mean = try node["image_mean"]?.decode([Double].self) ?? defaults.mean
    let deviation = try node["image_std"]?.decode([Double].self) ?? defaults.deviation
    if try flag("do_pad", false), defaults.padsToSquare {
      steps.append(.padToSquare(mean.map { UInt8(max(0, min(255, $0 * 255))) }))
    }
    if try flag("do_resize", true) {
      steps.append(try Self.resize(node, defaults))
    }
    if try flag("do_center_crop", defaults.crop != nil) {
      let crop = try node["crop_size"].map(Self.size) ?? defaults.crop
      guard let (width, height) = crop else { throw try node.required("crop_size").error("") }
      steps.append(.centerCrop(width: width, height: height))
    }
    let rescales = try flag("do_rescale", true)
    let factor = try node["rescale_factor"]?.number() ?? 1 / 255
    let normalizes = try flag("do_normalize", true)
    if normalizes, mean.count != 3 || deviation.count != 3 || deviation.contains(0) {
      throw node.error("`image_mean` and `image_std` need three numbers each, no deviation of 0")
    }
    self.init(
      steps: steps, rescaleFactor: rescales ? factor : nil,
      normalization: normalizes ? Normalization(mean: mean, deviation: deviation) : nil)
  }

  private static func resize(
    _ node: JSONNode, _ defaults: Defaults
  ) throws(JSONError) -> Step {
    let number = try node["resample"]?.integer() ?? defaults.filter.rawValue
    guard let filter = ResamplingFilter(rawValue: number) else {
      throw try node.required("resample").error("is no resampling filter of Pillow (0 to 5)")
    }
    guard let size = node["size"] else { return defaults.resize(filter) }
    if let edge = size["shortest_edge"] {
      return .resizeShortestEdge(try positive(edge), filter)
    }
    if case .integer = size.value, defaults.squareNumberIsShortestEdge {
      return .resizeShortestEdge(try positive(size), filter)
    }
    let (width, height) = try self.size(size)
    return .resize(width: width, height: height, filter)
  }

  /// A size as a number, or as `height` and `width`.
  private static func size(_ node: JSONNode) throws(JSONError) -> (Int, Int) {
    if case .integer = node.value {
      let side = try positive(node)
      return (side, side)
    }
    return (try positive(node.required("width")), try positive(node.required("height")))
  }

  private static func positive(_ node: JSONNode) throws(JSONError) -> Int {
    let number = try node.integer()
    guard 1...32768 ~= number else { throw node.error("has to be between 1 and 32768") }
    return number
  }
}

/// What a processor's class in transformers assumes where its file is silent.
private struct Defaults {
  let shortestEdge: Int?
  let side: Int
  let filter: ResamplingFilter
  let crop: (Int, Int)?
  let mean: [Double]
  let deviation: [Double]
  var padsToSquare = false

  /// Whether `"size": 224` means the shortest edge, as in classes that keep the aspect.
  var squareNumberIsShortestEdge: Bool { shortestEdge != nil }

  func resize(_ filter: ResamplingFilter) -> ImageProcessor.Step {
    shortestEdge.map { .resizeShortestEdge($0, filter) }
      ?? .resize(width: side, height: side, filter)
  }

  static let names = [
    "CLIPImageProcessor", "CLIPFeatureExtractor", "LlavaImageProcessor", "SiglipImageProcessor",
    "ViTImageProcessor", "BitImageProcessor",
  ]

  /// The defaults of a class; its `Fast` and `Pil` variants share them.
  static func named(_ name: String) -> Defaults? {
    var name = name
    for suffix in ["Fast", "Pil"] where name.hasSuffix(suffix) {
      name = String(name.dropLast(suffix.count))
    }
    let clipMean = [0.48145466, 0.4578275, 0.40821073]
    let clipDeviation = [0.26862954, 0.26130258, 0.27577711]
    let half = [0.5, 0.5, 0.5]
    switch name {
    case "CLIPImageProcessor", "CLIPFeatureExtractor", "BitImageProcessor":
      return Defaults(
        shortestEdge: 224, side: 224, filter: .bicubic, crop: (224, 224), mean: clipMean,
        deviation: clipDeviation)
    case "LlavaImageProcessor":
      return Defaults(
        shortestEdge: 224, side: 224, filter: .bicubic, crop: (224, 224), mean: clipMean,
        deviation: clipDeviation, padsToSquare: true)
    case "SiglipImageProcessor":
      return Defaults(
        shortestEdge: nil, side: 224, filter: .bicubic, crop: nil, mean: half, deviation: half)
    case "ViTImageProcessor":
      return Defaults(
        shortestEdge: nil, side: 224, filter: .bilinear, crop: nil, mean: half, deviation: half)
    default: return nil
    }
  }
}
