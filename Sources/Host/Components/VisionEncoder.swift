public import Kernels

/// Turns the pixels of an image into hidden states of its patches.
public protocol VisionEncoder: SelfContainedComponent {
  /// The width of the residual stream.
  var width: Int { get }
  /// The number of transformer blocks.
  var blockCount: Int { get }
  /// Tokens in front of the patches: 1 for a CLS token, more with registers, 0 for none.
  var prefixTokenCount: Int { get }

  /// The raster of patches that pixels of this shape give.
  func grid(for pixels: PixelValues) -> PatchGrid

  /// Why pixels of this shape cannot be encoded; nil if they can.
  func objection(to pixels: PixelValues) -> String?

  /// Runs the blocks up to and including block `depth`.
  ///
  /// The observer sees layer 0 to `depth`, each `[prefixTokenCount + patches, width]`, CLS and register
  /// tokens first, without any norm after the last block.
  func encode(_ pixels: PixelValues, through depth: Int, observing observe: HiddenStateObserver)
}

/// What preprocessing hands to an encoder: pixels in the encoder's own layout.
public struct PixelValues: Sendable {
  /// `[3, height, width]`, or `[patches, features]` for encoders that take flattened patches.
  public let shape: [Int]
  /// Row-major values.
  public let values: [Float]

  public init(shape: [Int], values: [Float]) {
    precondition(shape.reduce(1, *) == values.count, "pixel values do not fill their shape")
    self.shape = shape
    self.values = values
  }

  public var height: Int { shape[shape.count - 2] }
  public var width: Int { shape[shape.count - 1] }
}

/// The raster in which an encoder cuts its pixels, in the encoder's pixel frame.
public struct PatchGrid: Sendable, Equatable {
  public let rows: Int
  public let columns: Int
  /// The side of a patch in pixels of the encoder's frame.
  public let patchSize: Int

  public init(rows: Int, columns: Int, patchSize: Int) {
    self.rows = rows
    self.columns = columns
    self.patchSize = patchSize
  }

  public var count: Int { rows * columns }
}
