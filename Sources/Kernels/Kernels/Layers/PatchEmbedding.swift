public import LatentLensTensors

/// Cuts an image into patches and maps each to a vector: a convolution whose stride is its kernel
/// (Dosovitskiy et al., arXiv 2010.11929). `weight` `[width, channels, patch, patch]`.
public struct PatchEmbedding: Sendable {
  public let channels: Int
  public let patch: Int
  private let projection: Linear

  /// - Parameters:
  ///   - weight: `[width, channels, patch, patch]`.
  ///   - bias: `[width]`, if there is one.
  public init(_ weight: Weight, bias: [Float]? = nil, compute: Compute) {
    let shape = weight.shape
    precondition(
      shape.count == 4 && shape[2] == shape[3],
      "\(weight.name): \(shape) is no embedding of square patches")
    channels = shape[1]
    patch = shape[2]
    projection = Linear(
      weight.reshaped([shape[0], channels * patch * patch]), bias: bias, compute: compute)
  }

  /// The width of the vectors.
  public var width: Int { projection.outputs }

  /// Maps images to `[images * patches, width]`, image after image, row by row over the grid of patches.
  ///
  /// - Parameter pixels: `[images, channels, height, width]`. Pixels at the right and lower edges that
  ///   fill no patch are ignored.
  public func callAsFunction(_ pixels: [Float], height: Int, width: Int) -> Matrix {
    let plane = height * width
    precondition(
      height > 0 && width > 0 && pixels.count % (channels * plane) == 0,
      "\(pixels.count) values for \(channels) channels of \(height) x \(width) pixels")
    let images = pixels.count / (channels * plane)
    let (gridHeight, gridWidth) = (height / patch, width / patch)
    let perImage = gridHeight * gridWidth
    var patches = Matrix(rows: images * perImage, columns: projection.inputs)
    let columns = patches.columns
    unsafe patches.withUnsafeMutableElements { out in
      for row in 0..<images * perImage {
        let (image, place) = (row / perImage, row % perImage)
        let (top, left) = (place / gridWidth * patch, place % gridWidth * patch)
        for channel in 0..<channels {
          for y in 0..<patch {
            let source = (image * channels + channel) * plane + (top + y) * width + left
            let target = row * columns + (channel * patch + y) * patch
            for x in 0..<patch { unsafe out[target + x] = pixels[source + x] }
          }
        }
      }
    }
    return projection(patches)
  }
}
