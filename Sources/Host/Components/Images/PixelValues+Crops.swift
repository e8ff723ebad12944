public import LatentLensImaging

extension PixelValues {
  /// Crops of one size, each plane after plane: `[crops, 3, height, width]`.
  public init(crops: [Planes]) {
    self.init(
      .planes(crops: crops.count, height: crops.first?.height ?? 0, width: crops.first?.width ?? 0),
      values: crops.count == 1 ? crops[0].values : crops.flatMap(\.values))
  }

  /// Crops of one size, cut into patches row by row: `[crops, patches, patch * patch * 3]`.
  public init(crops: [Planes], inPatchesOf patch: Int) {
    let perCrop = crops.first.map { $0.width / patch * ($0.height / patch) } ?? 0
    self.init(
      .patchedCrops(crops: crops.count, patches: perCrop, features: 3 * patch * patch),
      values: crops.flatMap { $0.interleavedPatches(patch: patch) })
  }

  /// A picture in patches, block by block of those that will be merged, each standing still for some
  /// frames: `[patches, 3 * frames * patch * patch]`.
  ///
  /// - Throws: `ImageObjection` where blocks do not fill it, or its numbers would be absurdly many.
  public init(
    patchesOf framed: FramedPicture, _ normalization: Normalization, side patch: Int, block: Int,
    frames: Int
  ) throws(ImageObjection) {
    let (width, height, side) = (framed.width, framed.height, patch * block)
    guard width % side == 0, height % side == 0 else {
      throw ImageObjection(
        "\(width) x \(height) pixels are no multiples of \(side), as patches that are merged need")
    }
    guard framed.picture.pixels.count <= FramedPicture.valueLimit / frames else {
      throw ImageObjection(
        "\(width) x \(height) pixels of \(frames) frames are too many for an encoder")
    }
    self.init(
      .patches(
        PatchGrid(
          rows: height / patch, columns: width / patch, patchSize: patch, squares: [block]),
        features: 3 * frames * patch * patch),
      values: normalization(framed.picture)
        .mergedPatches(patch: patch, block: block, frames: frames))
  }
}

extension PreparedImage {
  /// A picture that an encoder takes as a whole.
  ///
  /// - Throws: `ImageObjection` where it is absurdly large.
  public init(
    whole framed: FramedPicture, _ normalization: Normalization
  ) throws(ImageObjection) {
    guard framed.picture.pixels.count <= FramedPicture.valueLimit else {
      throw ImageObjection(
        "\(framed.width) x \(framed.height) pixels are too many for an encoder; shrink it first")
    }
    self.init(
      PixelValues(crops: [normalization(framed.picture)]), views: [ImageView(framed)])
  }
}

extension ImageView {
  public init(_ framed: FramedPicture) {
    self.init(width: framed.width, height: framed.height, map: framed.map)
  }

  public init(_ box: Letterbox) {
    self.init(width: box.planes.width, height: box.planes.height, map: box.map)
  }
}
