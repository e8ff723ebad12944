public import LatentLensImaging
public import LatentLensTensors

/// Preprocessed pixels in the layout that an encoder takes.
public struct PixelValues: Sendable {
  /// How the values lie in memory, row-major.
  public enum Layout: Sendable, Equatable {
    /// Whole crops: `[crops, 3, height, width]`.
    case planes(crops: Int, height: Int, width: Int)
    /// Patches of a raster of any sides, in the order of the grid, a channel after the other:
    /// `[grid.count, features]`.
    case patches(PatchGrid, features: Int)
    /// Crops cut into patches, row by row, the channels of a pixel side by side:
    /// `[crops, patches, features]`.
    case patchedCrops(crops: Int, patches: Int, features: Int)
  }

  public let layout: Layout
  public let values: [Float]

  public init(_ layout: Layout, values: [Float]) {
    self.layout = layout
    self.values = values
    precondition(shape.reduce(1, *) == values.count, "pixel values do not fill their shape")
  }

  /// The shape of the tensor.
  public var shape: [Int] {
    switch layout {
    case .planes(let crops, let height, let width): [crops, 3, height, width]
    case .patches(let grid, let features): [grid.count, features]
    case .patchedCrops(let crops, let patches, let features): [crops, patches, features]
    }
  }

  /// The number of crops: pictures that are encoded by themselves.
  public var crops: Int {
    switch layout {
    case .planes(let crops, _, _), .patchedCrops(let crops, _, _): crops
    case .patches: 1
    }
  }

  /// The values as rows: a row of pixels or a patch each.
  public var rows: Matrix {
    let columns = shape[shape.count - 1]
    return Matrix(rows: values.count / max(columns, 1), columns: columns, values: values)
  }

  /// Crops in which every value is -1, which some models take for padding.
  public var blankCrops: [Int] {
    let size = values.count / max(crops, 1)
    return (0..<crops).filter { crop in
      values[crop * size..<(crop + 1) * size].allSatisfy { $0 == -1 }
    }
  }
}

extension PixelValues {
  /// The sides of whole crops.
  ///
  /// - Throws: `ImageObjection` where the pixels have another layout.
  public func planes() throws(ImageObjection) -> (height: Int, width: Int) {
    guard case .planes(_, let height, let width) = layout else {
      throw ImageObjection("it takes [3, height, width], or several of these")
    }
    return (height, width)
  }

  /// Makes sure that these are crops whose sides a patch divides.
  public func checkPlanes(ofPatches patch: Int) throws(ImageObjection) {
    let (height, width) = try planes()
    guard height > 0, width > 0, height % patch == 0, width % patch == 0 else {
      throw ImageObjection("its sides have to be multiples of \(patch)")
    }
  }

  /// Makes sure that these are crops of exactly this side.
  public func checkPlanes(ofSide side: Int) throws(ImageObjection) {
    guard try planes() == (side, side) else {
      throw ImageObjection("its positions are learned for [3, \(side), \(side)] alone")
    }
  }

  /// The raster of patches with this many features, whose sides squares of `merge` divide.
  ///
  /// - Throws: `ImageObjection` where the pixels are none.
  public func raster(
    ofFeatures expected: Int, multiplesOf merge: Int
  ) throws(ImageObjection) -> PatchGrid {
    guard case .patches(let grid, let features) = layout, features == expected else {
      throw ImageObjection("it takes [patches, \(expected)] with image_grid_thw beside them")
    }
    guard grid.count > 0, grid.rows % merge == 0, grid.columns % merge == 0 else {
      throw ImageObjection(
        "a grid of \(grid.rows) x \(grid.columns) patches cannot be merged \(merge) by \(merge)")
    }
    return grid
  }
}
