public import LatentLensComponents

/// The raster of overlapping crops behind the view of the whole picture.
public struct OverlapLayout: ImageLayout, Equatable {
  /// How far crops reach into each other, in patches: at a crop's left and upper edge, and at its right
  /// and lower edge.
  public struct Margins: Sendable, Equatable {
    public let before: Int
    public let after: Int

    public var sum: Int { before + after }
  }

  /// The number of rows of crops.
  public let rows: Int
  public let columns: Int
  public let margins: Margins
  /// The patches, of all crops, that show padding.
  public let padding: PatchPadding
}
