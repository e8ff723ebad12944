public import LatentLensComponents

/// Qwen 2 VL's connector: the patches of a square, normed, side by side, through two layers (reference:
/// transformers `PatchMerger`).
public struct Qwen2Merger: Connector {
  public typealias Configuration = Qwen2VisionEncoder.Configuration
  public static let architectures = ["qwen2_vl_merger"]

  private let mergeSize: Int
  private let norm: LayerNorm
  private let feedForward: FeedForward

  public init(_ c: Configuration, joining shape: ConnectorShape, weights: WeightScope) {
    mergeSize = c.vision.mergeSize
    norm = LayerNorm(weights / "merger" / "ln_q", width: c.vision.width, epsilon: 1e-6)
    feedForward = .merging(
      c.vision, weights / "merger" / "mlp", names: ("0", "2"), to: shape.outputWidth)
  }

  public func arrange(_ features: FeatureRows, _ layout: NoLayout) -> VisualArrangement {
    .raster(features, merging: mergeSize, isRotary: true)
  }

  public func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, _ layout: NoLayout
  ) -> Matrix {
    feedForward(norm(features).merged(arrangement))
  }
}

/// Qwen 2.5 VL's connector: Qwen 2's with another norm (reference: transformers
/// `Qwen2_5_VLPatchMerger`).
public struct Qwen25Merger: Connector {
  public typealias Configuration = Qwen25VisionEncoder.Configuration
  public static let architectures = ["qwen2_5_vl_merger"]

  private let mergeSize: Int
  private let norm: RMSNorm
  private let feedForward: FeedForward

  public init(_ c: Configuration, joining shape: ConnectorShape, weights: WeightScope) {
    mergeSize = c.vision.mergeSize
    norm = RMSNorm(weights / "merger" / "ln_q", width: c.vision.width, epsilon: 1e-6)
    feedForward = .merging(
      c.vision, weights / "merger" / "mlp", names: ("0", "2"), to: shape.outputWidth)
  }

  public func arrange(_ features: FeatureRows, _ layout: NoLayout) -> VisualArrangement {
    .raster(features, merging: mergeSize, isRotary: true)
  }

  public func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, _ layout: NoLayout
  ) -> Matrix {
    feedForward(norm(features).merged(arrangement))
  }
}

/// Qwen 3 VL's connectors: one for what enters the decoder, and one more for each earlier layer of the
/// encoder, whose output is added after the decoder's first blocks (DeepStack, arXiv 2406.04334;
/// reference: transformers `Qwen3VLVisionPatchMerger`).
public struct Qwen3Merger: Connector {
  public typealias Configuration = Qwen3VisionEncoder.Configuration
  public static let architectures = ["qwen3_vl_merger"]

  /// A norm of all the patches of a square together, and two layers.
  private struct DeepMerger: Sendable {
    let norm: LayerNorm
    let feedForward: FeedForward
  }

  private let width: Int
  private let mergeSize: Int
  private let norm: LayerNorm
  private let feedForward: FeedForward
  private let deepMergers: [DeepMerger]

  public init(_ c: Configuration, joining shape: ConnectorShape, weights: WeightScope) {
    (width, mergeSize) = (c.vision.width, c.vision.mergeSize)
    let names = ("linear_fc1", "linear_fc2")
    let merger = weights / "merger"
    norm = LayerNorm(merger / "norm", width: width, epsilon: 1e-6)
    feedForward = .merging(c.vision, merger, names: names, to: shape.outputWidth)
    let merged = width * mergeSize * mergeSize
    deepMergers = c.deepStackBlocks.indices.map { index in
      let merger = weights / "deepstack_merger_list" / index
      return DeepMerger(
        norm: LayerNorm(merger / "norm", width: merged, epsilon: 1e-6),
        feedForward: .merging(c.vision, merger, names: names, to: shape.outputWidth))
    }
  }

  public func arrange(_ features: FeatureRows, _ layout: NoLayout) -> VisualArrangement {
    .raster(features, merging: mergeSize, isRotary: true)
  }

  /// The last layer of the encoder stands behind those for the decoder's first blocks.
  public func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, _ layout: NoLayout
  ) -> Matrix {
    let last = features.columns(deepMergers.count * width..<(deepMergers.count + 1) * width)
    return feedForward(norm(last).merged(arrangement))
  }

  public var additionCount: Int { deepMergers.count }

  public func addition(
    _ index: Int, _ features: borrowing Matrix, _ arrangement: VisualArrangement
  ) -> Matrix {
    let layer = features.columns(index * width..<(index + 1) * width)
    let merger = deepMergers[index]
    return merger.feedForward(merger.norm(layer.merged(arrangement)))
  }
}

extension FeedForward {
  /// From the patches of a square to a visual token, as wide inside as the patches together.
  fileprivate static func merging(
    _ c: QwenVisionConfiguration, _ weights: WeightScope, names: (up: String, down: String),
    to outputs: Int
  ) -> FeedForward {
    let merged = c.width * c.mergeSize * c.mergeSize
    return FeedForward(
      up: Linear(weights / names.up, from: merged, to: merged, bias: true), activation: .gelu,
      down: Linear(weights / names.down, from: merged, to: outputs, bias: true))
  }
}
