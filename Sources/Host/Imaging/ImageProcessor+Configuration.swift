public import LatentLensFormats

extension ImageProcessor {
  /// Reads `preprocessor_config.json`, or `processor_config.json` with a nested `image_processor`.
  ///
  /// Keys that are absent have the defaults of the processor's class in transformers.
  public init(contentsOf path: String) throws(JSONError) {
    let root = try JSONNode(contentsOf: path)
    try self.init(root["image_processor"] ?? root)
  }

  /// Reads the keys of a `preprocessor_config.json`, wherever they stand.
  public init(_ node: JSONNode) throws(JSONError) {
    let type = node["image_processor_type"] ?? node["feature_extractor_type"]
    let name = try type?.string() ?? "CLIPImageProcessor"
    guard let defaults = Defaults.named(name) else {
      let known = Defaults.names.joined(separator: ", ")
      throw (type ?? node).error("`\(name)` has no description here; there are \(known)")
    }
    func flag(_ key: String, _ standard: Bool) throws(JSONError) -> Bool {
      try node[key]?.bool() ?? standard
    }
    let mean = try node["image_mean"]?.decode([Double].self) ?? defaults.mean
    let deviation = try node["image_std"]?.decode([Double].self) ?? defaults.deviation
    let rescales = try flag("do_rescale", true)
    let factor = try node["rescale_factor"]?.number() ?? 1 / 255
    let normalizes = try flag("do_normalize", true)
    if normalizes, mean.count != 3 || deviation.count != 3 || deviation.contains(0) {
      throw node.error("`image_mean` and `image_std` need three numbers each, no deviation of 0")
    }
    let (steps, cutting) =
      switch defaults.kind {
      case .classic: try Self.classic(node, defaults, mean)
      case .area: try Self.area(node, defaults)
      case .tiles: try Self.tiles(node, defaults)
      case .overlappingTiles(let fit): try Self.overlappingTiles(node, defaults, fit)
      case .letterbox: try Self.letterbox(node, defaults)
      }
    self.init(
      steps: steps, cutting: cutting, rescaleFactor: rescales ? factor : nil,
      normalization: normalizes ? Normalization(mean: mean, deviation: deviation) : nil)
  }

  private typealias Plan = (steps: [Step], cutting: Cutting)

  /// Resize, crop, done.
  private static func classic(
    _ node: JSONNode, _ defaults: Defaults, _ mean: [Double]
  ) throws(JSONError) -> Plan {
    var steps: [Step] = []
    if try node["do_pad"]?.bool() ?? false, defaults.padsToSquare {
      steps.append(.padToSquare(mean.map { UInt8(max(0, min(255, $0 * 255))) }))
    }
    if try node["do_resize"]?.bool() ?? true {
      steps.append(try Self.resize(node, defaults))
    }
    if try node["do_center_crop"]?.bool() ?? (defaults.crop != nil) {
      let crop = try node["crop_size"].map(Self.size) ?? defaults.crop
      guard let (width, height) = crop else { throw try node.required("crop_size").error("") }
      steps.append(.centerCrop(width: width, height: height))
    }
    return (steps, .whole)
  }

  private static func area(
    _ node: JSONNode, _ defaults: Defaults
  ) throws(JSONError) -> Plan {
    let patch = try node["patch_size"].map(positive) ?? 14
    let block = try node["merge_size"].map(positive) ?? 2
    let frames = try node["temporal_patch_size"].map(positive) ?? 2
    let size = node["size"]
    func bound(_ older: String, _ newer: String, _ standard: Int) throws(JSONError) -> Int {
      guard let key = node[older] ?? size?[newer] ?? size?[older] else { return standard }
      let number = try key.integer()
      guard number > 0 else { throw key.error("has to be a positive number of pixels") }
      return number
    }
    let least = try bound("min_pixels", "shortest_edge", 56 * 56)
    let most = try bound("max_pixels", "longest_edge", 28 * 28 * 1280)
    guard least <= most else {
      throw node.error("asks for at least \(least) and at most \(most) pixels")
    }
    let resizes = try node["do_resize"]?.bool() ?? true
    let step = Step.resizeToArea(
      least...most, multiplesOf: patch * block, try filter(node, defaults))
    return (
      resizes ? [step] : [], .mergedPatches(patch: patch, block: block, frames: frames)
    )
  }

  private static func tiles(
    _ node: JSONNode, _ defaults: Defaults
  ) throws(JSONError) -> Plan {
    let side = try node["crop_size"].map(Self.size)?.0 ?? 336
    let size = node["size"]
    var edge = side
    if let shortest = size?["shortest_edge"] {
      edge = try positive(shortest)
    } else if let size {
      edge = try Self.size(size).0
    }
    guard edge == side else {
      throw try node.required("size").error("differs from the crop of \(side) pixels")
    }
    let pinpoints = try node["image_grid_pinpoints"]?.decode([[Int]].self) ?? defaults.resolutions
    for resolution in pinpoints {
      guard resolution.count == 2, resolution.allSatisfy({ $0 > 0 && $0 % side == 0 }) else {
        throw try node.required("image_grid_pinpoints").error(
          "needs heights and widths that are multiples of the crop of \(side)")
      }
    }
    let filter = try filter(node, defaults)
    return (
      [.resize(width: side, height: side, filter)],
      .tiles(Tiling(side: side, resolutions: pinpoints, filter: filter))
    )
  }

  private static func overlappingTiles(
    _ node: JSONNode, _ defaults: Defaults, _ fit: OverlappingTiling.Fit
  ) throws(JSONError) -> Plan {
    let key = node["size"] ?? node["base_image_input_size"]
    let side: Int
    if let sides = try? key?.decode([Int].self), let first = sides.first {
      side = first
    } else {
      side = try key.map(Self.size)?.0 ?? defaults.side
    }
    let patch = try (node["patch_size"] ?? node["image_patch_size"]).map(positive) ?? 14
    let margins = try node["overlap_margins"]?.decode([Int].self) ?? [4, 4]
    let limit = try node["max_crops"].map(positive) ?? (fit == .squash ? 8 : 12)
    guard margins.count == 2, margins.allSatisfy({ $0 >= 0 }), side % patch == 0,
      side / patch > margins[0] + margins[1], limit <= 64
    else {
      throw node.error(
        "crops of \(side) pixels in patches of \(patch) cannot overlap by \(margins)")
    }
    return (
      [],
      .overlappingTiles(
        OverlappingTiling(side: side, patch: patch, margins: margins, limit: limit, fit: fit))
    )
  }

  private static func letterbox(
    _ node: JSONNode, _ defaults: Defaults
  ) throws(JSONError) -> Plan {
    let side = try node["size"].map(Self.size)?.0 ?? defaults.side
    let patch = try node["patch_size"].map(positive) ?? 14
    guard side % patch == 0 else {
      throw node.error("a side of \(side) is no multiple of patches of \(patch)")
    }
    return ([], .letterbox(side: side, patch: patch))
  }

  private static func filter(
    _ node: JSONNode, _ defaults: Defaults
  ) throws(JSONError) -> ResamplingFilter {
    let number = try node["resample"]?.integer() ?? defaults.filter.rawValue
    guard let filter = ResamplingFilter(rawValue: number) else {
      throw try node.required("resample").error("is no resampling filter of Pillow (0 to 5)")
    }
    return filter
  }

  private static func resize(
    _ node: JSONNode, _ defaults: Defaults
  ) throws(JSONError) -> Step {
    let filter = try filter(node, defaults)
    guard let size = node["size"] else { return defaults.resize(filter) }
    if let edge = size["shortest_edge"] {
      return .resizeShortestEdge(try positive(edge), filter)
    }
    if case .integer = size.value, defaults.squareNumberIsShortestEdge {
      return .resizeShortestEdge(try positive(size), filter)
    }
    let (width, height) = try self.size(size)
    // No key of transformers' files: its processors that resample with torch take it as an argument.
    if let key = node["antialias"] {
      let antialias = try key.bool()
      guard filter == .bilinear || filter == .bicubic && antialias else {
        throw key.error("can be told for bilinear resampling, or be true for bicubic")
      }
      return .resizeInFloats(
        width: width, height: height, isCubic: filter == .bicubic, antialias: antialias)
    }
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
