public import LatentLensKernels
public import LatentLensTensors

/// Turns the pixels of an image into hidden states of its patches.
public protocol VisionEncoder: SelfContainedComponent {
  /// The width of the residual stream.
  var width: Int { get }
  /// The number of transformer blocks.
  var blockCount: Int { get }
  /// Tokens in front of a crop's patches: 1 for a CLS token, more with registers, 0 for none.
  var prefixTokenCount: Int { get }
  /// The norm behind the last block; nil where the architecture, or the checkpoint, has none.
  var finalNorm: (any Norm)? { get }

  /// Looks whether pixels can be encoded.
  ///
  /// - Throws: `ImageObjection` that tells what the encoder takes.
  func check(_ pixels: PixelValues) throws(ImageObjection)

  /// The raster of patches that each crop of pixels which passed the check gives.
  func grid(for pixels: PixelValues) -> PatchGrid

  /// Runs the blocks up to and including block `depth`.
  ///
  /// - Parameter observer: sees `vision(0)` to `vision(depth)`, each
  ///   `[crops * (prefixTokenCount + patches), width]`, crop after crop, CLS and register tokens first.
  /// - Returns: the residual stream after block `depth`, without any norm.
  func encode(
    _ pixels: PixelValues, through depth: Int, observer: StageObserver
  ) -> Matrix
}

extension VisionEncoder {
  public static var kind: String { "vision encoder" }

  public var finalNorm: (any Norm)? { nil }

  /// The number of rows that the encoder makes of pixels.
  public func rowCount(for pixels: PixelValues) -> Int {
    pixels.crops * (prefixTokenCount + grid(for: pixels).count)
  }
}

/// Sends what enters an encoder's first block through blocks 1 to `depth`, and shows the residual stream
/// before the first and after each.
///
/// - Parameter block: changes the stream as the block with this index, from 0, does.
/// - Returns: the residual stream after block `depth`.
public func visionStream(
  _ input: consuming Matrix, through depth: Int, observer: StageObserver,
  block: (_ index: Int, _ stream: inout Matrix) -> Void
) -> Matrix {
  var stream = input
  observer(.vision(0), stream)
  for index in 0..<depth {
    block(index, &stream)
    observer(.vision(index + 1), stream)
  }
  return stream
}
