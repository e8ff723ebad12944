public import LatentLensKernels
public import LatentLensWeights

// Layers of the sizes that a vision encoder's configuration tells, loaded from a scope.

extension SelfAttention.Names {
  /// Those of transformers' vision encoders.
  public static let encoder = Self("q_proj", "k_proj", "v_proj", "out_proj")
}

extension SelfAttention {
  /// Attention of all patches of a crop to each other.
  public init(
    _ c: VisionConfiguration, _ weights: WeightScope, names: Names, biases: Biases = .all
  ) {
    self.init(
      weights, width: c.hiddenSize, c.attention(weights.compute), names: names, biases: biases)
  }
}

extension FeedForward {
  /// `fc1` and `fc2`.
  public init(_ c: VisionConfiguration, _ weights: WeightScope, inner: Int) {
    self.init(weights, width: c.hiddenSize, inner: inner, activation: c.activation)
  }
}

extension LayerNorm {
  /// A norm of the residual stream.
  public init(_ c: VisionConfiguration, _ weights: WeightScope) {
    self.init(weights, width: c.hiddenSize, epsilon: c.epsilon)
  }

  /// A norm that not every checkpoint has.
  public init?(ifStored c: VisionConfiguration, _ weights: WeightScope) {
    guard weights.contains("weight") else { return nil }
    self.init(c, weights)
  }
}

extension PatchEmbedding {
  /// The convolution that makes vectors of patches.
  public init(_ c: VisionConfiguration, _ weights: WeightScope, bias: Bool) {
    self.init(
      weights, channels: c.channels, patch: c.patchSize, width: c.hiddenSize, bias: bias)
  }

  /// Maps whole crops to `[crops * patches, width]`; other pixels, which no check lets pass, to nothing.
  public func callAsFunction(_ pixels: PixelValues) -> Matrix {
    guard case .planes(_, let height, let width) = pixels.layout else {
      return Matrix(rows: 0, columns: self.width)
    }
    return self(pixels.values, height: height, width: width)
  }
}

extension PixelValues {
  /// The raster in which square patches cut each of whole crops; an empty one for other pixels.
  public func grid(ofPatches patch: Int) -> PatchGrid {
    guard case .planes(_, let height, let width) = layout else {
      return PatchGrid(rows: 0, columns: 0, patchSize: patch)
    }
    return PatchGrid(rows: height / patch, columns: width / patch, patchSize: patch)
  }
}
