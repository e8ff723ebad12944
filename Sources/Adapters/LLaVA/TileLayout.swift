public import LatentLensComponents

/// The raster of tiles behind the view of the whole picture, and the size of the picture that they show in
/// their middle.
public struct TileLayout: ImageLayout, Equatable {
  /// The number of rows of tiles; 0 where the whole picture alone was captured.
  public let tileRows: Int
  public let tileColumns: Int
  /// The size of the original picture, in pixels.
  public let imageWidth: Int
  public let imageHeight: Int
}
