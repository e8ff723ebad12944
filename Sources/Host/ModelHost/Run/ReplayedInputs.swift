internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensImaging
internal import LatentLensTensors

/// Tensors that were captured elsewhere and are to be replayed exactly.
struct ReplayedInputs {
  let path: String
  let ids: [Int]?
  let pixels: PixelValues?

  private static let known = [
    "token_ids", "pixel_values", "image_grid_thw", "image_sizes", "image_grids", "image_masks",
  ]

  init(contentsOf path: String, for model: Model) throws {
    self.path = path
    let tensors = try SafetensorsFile(contentsOf: path).tensors
    for name in tensors.keys.sorted() where !Self.known.contains(name) {
      throw HostError(
        "\(path): tensor `\(name)` is no input of a model here; use "
          + Self.known.joined(separator: ", "))
    }
    let integers = { name in try Self.integers(tensors[name], name, path) }
    ids = try integers("token_ids")
    var frame = try Self.frame(
      thw: integers("image_grid_thw"), sizes: integers("image_sizes"),
      grids: integers("image_grids"), coverage: tensors["image_masks"]?.floats(), path)
    if case .tiles(let tiling)? = model.imageProcessor?.cutting, let width = frame.imageWidth,
      let height = frame.imageHeight
    {
      let raster = tiling.raster(width: width, height: height)
      frame.tileRows = raster.rows
      frame.tileColumns = raster.columns
    }
    if case .overlappingTiles(let tiling)? = model.imageProcessor?.cutting {
      frame.tileMargins = tiling.margins
    }
    pixels = try tensors["pixel_values"].map { [frame] in try Self.pixels($0, frame, path, model) }
  }

  private static func integers(_ tensor: Weight?, _ name: String, _ path: String) throws -> [Int]? {
    guard let tensor else { return nil }
    let isRow = tensor.shape.count == 1 || tensor.shape.count == 2 && tensor.shape[0] == 1
    guard isRow, [.i32, .i64].contains(tensor.type) else {
      throw HostError(
        "\(path): `\(name)` is \(tensor.type.rawValue) \(tensor.shape), expected I32 or I64 "
          + (name == "token_ids" ? "[n]" : "[1, n]: one image"))
    }
    return tensor.integers().map { Int($0) }
  }

  /// What transformers' processors say beside the pixels.
  private static func frame(
    thw: [Int]?, sizes: [Int]?, grids: [Int]?, coverage: [Float]?, _ path: String
  ) throws -> ImageFrame {
    func expect(_ numbers: [Int]?, _ count: Int, _ name: String, _ meaning: String) throws {
      guard let numbers else { return }
      guard numbers.count == count, numbers.allSatisfy({ 1...1 << 20 ~= $0 }) else {
        throw HostError("\(path): `\(name)` has to be \(meaning)")
      }
    }
    try expect(thw, 3, "image_grid_thw", "[1, rows, columns] of patches")
    try expect(sizes, 2, "image_sizes", "the height and width of the picture")
    try expect(grids, 4, "image_grids", "rows and columns of tokens, of both views")
    if let thw, thw[0] != 1 {
      throw HostError("\(path): `image_grid_thw` has \(thw[0]) frames; only pictures are read here")
    }
    var frame = ImageFrame()
    frame.patchRows = thw?[1]
    frame.patchColumns = thw?[2]
    frame.imageHeight = sizes?[0]
    frame.imageWidth = sizes?[1]
    frame.tileTokenRows = grids?[2]
    frame.tileTokenColumns = grids?[3]
    frame.coverage = coverage
    return frame
  }

  private static func pixels(
    _ tensor: Weight, _ frame: ImageFrame, _ path: String, _ model: Model
  ) throws -> PixelValues {
    guard let encoder = model.vision?.encoder else {
      throw HostError("\(path): has `pixel_values`, but \(model.source) has no vision encoder")
    }
    guard tensor.type == .f32, tensor.count > 0 else {
      throw HostError(
        "\(path): `pixel_values` is \(tensor.type.rawValue) \(tensor.shape), expected F32")
    }
    // A batch of one may or may not be told as such.
    var shapes = [tensor.shape, [1] + tensor.shape]
    if tensor.shape.first == 1 { shapes.insert(Array(tensor.shape.dropFirst()), at: 0) }
    let values = tensor.floats()
    var reasons: [String] = []
    for shape in shapes where 2...4 ~= shape.count {
      let pixels = PixelValues(shape: shape, values: values, frame: frame)
      guard let reason = encoder.objection(to: pixels) else { return pixels }
      reasons.append(reason)
    }
    // A reason that goes beyond the number of sides tells more.
    let reason = reasons.first { !$0.hasPrefix("it takes") } ?? reasons.last
    throw HostError(
      "\(path): `pixel_values` \(tensor.shape): "
        + (reason ?? "expected [3, height, width] or patches"))
  }
}
