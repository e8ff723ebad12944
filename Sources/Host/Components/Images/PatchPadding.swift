/// Which patches of a prepared image show padding instead of the picture, for connectors that mark them.
public struct PatchPadding: Sendable, Equatable {
  /// The patches that show nothing but padding, counted over all crops.
  public let wholly: [Int]
  /// The patches that show some picture and some padding.
  public let partly: [Int]
  /// The crops in which every value is -1, which some models take for padding.
  public let blankCrops: [Int]
  /// The number of patches that something is told of; nil where nothing is.
  private let told: Int?

  /// - Parameters:
  ///   - pixels: the crops.
  ///   - shares: for each patch of all crops the share of it that shows the picture, from 0 to 1. A
  ///     negative one stands where nobody knows, and counts as partly padded, as in the models' training.
  ///     Nil where nothing is padded.
  public init(of pixels: PixelValues, shares: [Float]? = nil) {
    let known = shares ?? []
    wholly = known.indices.filter { known[$0] == 0 }
    partly = known.indices.filter { known[$0] != 0 && known[$0] < 1 }
    blankCrops = pixels.blankCrops
    told = shares?.count
  }

  /// Makes sure that all of an image's patches are told of, or none.
  ///
  /// - Throws: `ImageObjection` where another number of them is.
  public func check(patches count: Int) throws(ImageObjection) {
    guard let told, told != count else { return }
    throw ImageObjection("padding is told for \(told) patches, but there are \(count)")
  }
}
