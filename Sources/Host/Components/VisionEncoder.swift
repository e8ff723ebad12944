public import LatentLensTensors

/// Turns the pixels of an image into hidden states of its patches.
public protocol VisionEncoder: SelfContainedComponent {
  /// The width of the residual stream.
  var width: Int { get }
  /// The number of transformer blocks.
  var blockCount: Int { get }
  /// Tokens in front of a crop's patches: 1 for a CLS token, more with registers, 0 for none.
  var prefixTokenCount: Int { get }

  /// The raster of patches that each crop of these pixels gives.
  func grid(for pixels: PixelValues) -> PatchGrid

  /// Why pixels of this shape cannot be encoded, as the rest of a sentence; nil if they can.
  func objection(to pixels: PixelValues) -> String?

  /// Runs the blocks up to and including block `depth`.
  ///
  /// The observer sees layer 0 to `depth`, each `[crops * (prefixTokenCount + patches), width]`, crop
  /// after crop, CLS and register tokens first, without any norm after the last block.
  func encode(_ pixels: PixelValues, through depth: Int, observing observe: HiddenStateObserver)
}

/// What preprocessing hands to an encoder: pixels in the encoder's own layout.
public struct PixelValues: Sendable {
  /// `[crops, 3, height, width]`; for encoders that take patches cut already `[patches, features]`, or
  /// `[crops, patches, features]`.
  public let shape: [Int]
  /// Row-major values.
  public let values: [Float]
  public private(set) var frame: ImageFrame

  public init(shape: [Int], values: [Float], frame: ImageFrame = ImageFrame()) {
    precondition(shape.reduce(1, *) == values.count, "pixel values do not fill their shape")
    self.shape = shape
    self.values = values
    self.frame = frame
    let size = values.count / max(crops, 1)
    self.frame.blankCrops = (0..<crops).filter { crop in
      values[crop * size..<(crop + 1) * size].allSatisfy { $0 == -1 }
    }
  }

  public var crops: Int { shape.count > 2 ? shape[0] : 1 }
  public var height: Int { shape[shape.count - 2] }
  public var width: Int { shape[shape.count - 1] }

  /// Why these are no crops of a size that a patch divides; nil if they are.
  public func objection(toPatches patch: Int) -> String? {
    guard shape.count == 4, shape[1] == 3 else {
      return "it takes [3, height, width], or several of these"
    }
    return height % patch == 0 && width % patch == 0
      ? nil : "its sides have to be multiples of \(patch)"
  }

  /// Why these are no crops of exactly this size; nil if they are.
  public func objection(toSide side: Int) -> String? {
    shape.count == 4 && Array(shape.dropFirst()) == [3, side, side]
      ? nil : "its positions are learned for [3, \(side), \(side)] alone"
  }

  /// Why these are no patches of this many features on a raster that is known; nil if they are.
  public func objection(toRasterOf features: Int, multiplesOf merge: Int) -> String? {
    guard shape.count == 2, shape[1] == features else {
      return "it takes [patches, \(features)]"
    }
    guard let rows = frame.patchRows, let columns = frame.patchColumns else {
      return "it needs image_grid_thw beside them"
    }
    guard rows > 0, columns > 0, rows % merge == 0, columns % merge == 0 else {
      return "a grid of \(rows) x \(columns) patches cannot be merged \(merge) by \(merge)"
    }
    return rows * columns == shape[0]
      ? nil : "a grid of \(rows) x \(columns) is not \(shape[0]) patches"
  }
}

/// What preprocessing knows of an image beside its pixels, each nil where nobody needs it.
public struct ImageFrame: Sendable, Equatable {
  /// The size of the picture before preprocessing, in pixels.
  public var imageHeight: Int?
  public var imageWidth: Int?
  /// The raster of patches, where the pixels are cut into patches already (`image_grid_thw`).
  public var patchRows: Int?
  public var patchColumns: Int?
  /// The raster of tiles that follow the view of the whole picture.
  public var tileRows: Int?
  public var tileColumns: Int?
  /// Patches of a tile that its neighbours show too: at its left and upper, and at its right and lower
  /// edge.
  public var tileMargins: [Int]?
  /// The raster of visual tokens that the tiles give together (`image_grids`).
  public var tileTokenRows: Int?
  public var tileTokenColumns: Int?
  /// For each patch the share of it that shows the picture and not padding, negative where nobody knows;
  /// nil where nothing is padded.
  public var coverage: [Float]?
  /// Crops in which every value is -1, which some models take for padding.
  public var blankCrops: [Int] = []

  public init() {}

  /// The patches that show nothing but padding, and those that show some; none where nothing is padded.
  public var paddedPatches: (wholly: [Int], partly: [Int]) {
    let shares = coverage ?? []
    return (
      shares.indices.filter { shares[$0] == 0 },
      shares.indices.filter { shares[$0] != 0 && shares[$0] < 1 }
    )
  }
}

/// The raster in which an encoder cuts each crop, in the encoder's pixel frame.
public struct PatchGrid: Sendable, Equatable {
  public let rows: Int
  public let columns: Int
  /// The side of a patch in pixels of the encoder's frame.
  public let patchSize: Int
  /// For each patch in the order of the encoder's output its place in the raster, counted row by row;
  /// nil where that is the order.
  public let order: [Int]?

  public init(rows: Int, columns: Int, patchSize: Int, order: [Int]? = nil) {
    precondition(order.map { $0.count == rows * columns } ?? true, "an order of other patches")
    self.rows = rows
    self.columns = columns
    self.patchSize = patchSize
    self.order = order
  }

  public var count: Int { rows * columns }
}
