public import LatentLensImaging

/// The tensors of a file that were captured elsewhere and are to be replayed exactly.
public protocol CapturedTensors {
  /// The shape and the values of `pixel_values`.
  var pixels: (shape: [Int], values: [Float]) { get }
  /// Whole numbers under a name, as one row; nil where there is no such tensor.
  func integers(_ name: String) throws(ImageObjection) -> [Int]?
  /// Numbers under a name, row by row; nil where there is no such tensor.
  func floats(_ name: String) -> [Float]?
}

extension CapturedTensors {
  /// `pixel_values` as whole crops: `[3, height, width]`, or several of these.
  public func planes() throws(ImageObjection) -> PixelValues {
    guard let shape = shape(ofRank: 4), shape[1] == 3 else {
      throw objection("expected [3, height, width], or several of these")
    }
    return PixelValues(
      .planes(crops: shape[0], height: shape[2], width: shape[3]), values: pixels.values)
  }

  /// `pixel_values` as crops that are cut into patches: `[patches, features]`, or several of these.
  public func patchedCrops() throws(ImageObjection) -> PixelValues {
    guard let shape = shape(ofRank: 3) else {
      throw objection("expected [crops, patches, features]")
    }
    return PixelValues(
      .patchedCrops(crops: shape[0], patches: shape[1], features: shape[2]), values: pixels.values)
  }

  /// `pixel_values` as the patches `[patches, features]` of a picture, whose raster `image_grid_thw` tells
  /// as `[1, rows, columns]`.
  ///
  /// - Parameters:
  ///   - patch: the side of a patch, in pixels.
  ///   - block: the side of the squares in whose order the patches come.
  public func patches(ofSide patch: Int, block: Int) throws(ImageObjection) -> PixelValues {
    guard let raster = try counts("image_grid_thw", 3, meaning: "[1, rows, columns] of patches")
    else {
      throw objection("needs image_grid_thw beside it")
    }
    guard raster[0] == 1 else {
      throw ImageObjection(
        "`image_grid_thw` has \(raster[0]) frames; only pictures are read here")
    }
    guard pixels.shape.count == 2 || pixels.shape.count == 3 && pixels.shape[0] == 1 else {
      throw objection("expected [patches, features]")
    }
    let shape = Array(pixels.shape.suffix(2))
    guard raster[1] * raster[2] == shape[0] else {
      throw objection("a grid of \(raster[1]) x \(raster[2]) is not \(shape[0]) patches")
    }
    return PixelValues(
      .patches(
        PatchGrid(rows: raster[1], columns: raster[2], patchSize: patch, squares: [block]),
        features: shape[1]),
      values: pixels.values)
  }

  /// As many positive whole numbers under a name; nil where there is no such tensor.
  public func counts(
    _ name: String, _ count: Int, meaning: String
  ) throws(ImageObjection) -> [Int]? {
    guard let numbers = try integers(name) else { return nil }
    guard numbers.count == count, numbers.allSatisfy({ 1...1 << 20 ~= $0 }) else {
      throw ImageObjection("`\(name)` has to be \(meaning)")
    }
    return numbers
  }

  /// What is wrong with `pixel_values`: the rest of a sentence.
  public func objection(_ sentence: String) -> ImageObjection {
    ImageObjection("`pixel_values` \(pixels.shape): \(sentence)")
  }

  /// The shape of `pixel_values` with so many sides: a batch of one, or a single crop, may or may not be
  /// told as such.
  private func shape(ofRank rank: Int) -> [Int]? {
    var shape = pixels.shape
    if shape.count == rank + 1, shape[0] == 1 { shape.removeFirst() }
    if shape.count == rank - 1 { shape.insert(1, at: 0) }
    return shape.count == rank ? shape : nil
  }
}
