public import LatentLensComponents

/// Qwen 2 VL's connector: the patches of a square, normed, side by side, through two layers (reference:
/// transformers `PatchMerger`).
public struct Qwen2Merger: Connector {
  public typealias Configuration = QwenVisionConfiguration
  public static let architectures = ["qwen2_vl_merger"]

  private let mergeSize: Int
  private let norm: LayerNorm
  private let feedForward: FeedForward

  public init(
    _ configuration: QwenVisionConfiguration, joining shape: ConnectorShape, weights: WeightScope
  ) throws(UnsupportedConfiguration) {
    mergeSize = configuration.mergeSize
    let merger = weights / "merger"
    norm = LayerNorm(merger / "ln_q", width: configuration.width, epsilon: 1e-6)
    feedForward = .merging(
      configuration, up: merger / "mlp" / 0, down: merger / "mlp" / 2, to: shape.outputWidth)
  }

  public func arrange(_ features: FeatureRows, frame: ImageFrame) -> VisualArrangement {
    .raster(features, merging: mergeSize, isRotary: true)
  }

  public func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, frame: ImageFrame
  ) -> Matrix {
    feedForward(norm(features).merged(arrangement))
  }
}

/// Qwen 2.5 VL's connector: Qwen 2's with another norm (reference: transformers
/// `Qwen2_5_VLPatchMerger`).
public struct Qwen25Merger: Connector {
  public typealias Configuration = QwenVisionConfiguration
  public static let architectures = ["qwen2_5_vl_merger"]

  private let mergeSize: Int
  private let norm: RMSNorm
  private let feedForward: FeedForward

  public init(
    _ configuration: QwenVisionConfiguration, joining shape: ConnectorShape, weights: WeightScope
  ) throws(UnsupportedConfiguration) {
    mergeSize = configuration.mergeSize
    let merger = weights / "merger"
    norm = RMSNorm(merger / "ln_q", width: configuration.width, epsilon: 1e-6)
    feedForward = .merging(
      configuration, up: merger / "mlp" / 0, down: merger / "mlp" / 2, to: shape.outputWidth)
  }

  public func arrange(_ features: FeatureRows, frame: ImageFrame) -> VisualArrangement {
    .raster(features, merging: mergeSize, isRotary: true)
  }

  public func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, frame: ImageFrame
  ) -> Matrix {
    feedForward(norm(features).merged(arrangement))
  }
}

/// Qwen 3 VL's connectors: one for what enters the decoder, and one more for each earlier layer of the
/// encoder, whose output is added after the decoder's first blocks (DeepStack, arXiv 2406.04334;
/// reference: transformers `Qwen3VLVisionPatchMerger`).
public struct Qwen3Merger: Connector {
  public typealias Configuration = QwenVisionConfiguration
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

  public init(
    _ configuration: QwenVisionConfiguration, joining shape: ConnectorShape, weights: WeightScope
  ) throws(UnsupportedConfiguration) {
    width = configuration.width
    mergeSize = configuration.mergeSize
    let merger = weights / "merger"
    norm = LayerNorm(merger / "norm", width: width, epsilon: 1e-6)
    feedForward = .merging(
      configuration, up: merger / "linear_fc1", down: merger / "linear_fc2", to: shape.outputWidth)
    let merged = width * mergeSize * mergeSize
    deepMergers = configuration.deepStackBlocks.indices.map { index in
      let merger = weights / "deepstack_merger_list" / index
      return DeepMerger(
        norm: LayerNorm(merger / "norm", width: merged, epsilon: 1e-6),
        feedForward: .merging(
          configuration, up: merger / "linear_fc1", down: merger / "linear_fc2",
          to: shape.outputWidth))
    }
  }

  public func arrange(_ features: FeatureRows, frame: ImageFrame) -> VisualArrangement {
    .raster(features, merging: mergeSize, isRotary: true)
  }

  /// The last layer of the encoder stands behind those for the decoder's first blocks.
  public func project(
    _ features: borrowing Matrix, _ arrangement: VisualArrangement, frame: ImageFrame
  ) -> Matrix {
    let last = features.columns(deepMergers.count * width..<(deepMergers.count + 1) * width)
    return feedForward(norm(last).merged(arrangement))
  }

  public var injectionCount: Int { deepMergers.count }

  public func injection(
    _ index: Int, _ features: borrowing Matrix, _ arrangement: VisualArrangement
  ) -> Matrix {
    let layer = features.columns(index * width..<(index + 1) * width)
    let merger = deepMergers[index]
    return merger.feedForward(merger.norm(layer.merged(arrangement)))
  }
}

extension Matrix {
  /// The patches of each token side by side, `[tokens, patches * columns]`.
  fileprivate borrowing func merged(_ arrangement: VisualArrangement) -> Matrix {
    let gathered = gather(arrangement.tokens.flatMap(\.features))
    let width = gathered.rows / arrangement.tokens.count * gathered.columns
    return gathered.reshaped(rows: arrangement.tokens.count, columns: width)
  }
}

extension FeedForward {
  /// From the patches of a square to a visual token, as wide inside as the patches together.
  fileprivate static func merging(
    _ c: QwenVisionConfiguration, up: WeightScope, down: WeightScope, to outputs: Int
  ) -> FeedForward {
    let merged = c.width * c.mergeSize * c.mergeSize
    return FeedForward(
      up: Linear(up, from: merged, to: merged, bias: true), activation: .gelu,
      down: Linear(down, from: merged, to: outputs, bias: true))
  }
}
