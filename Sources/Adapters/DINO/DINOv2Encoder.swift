public import LatentLensComponents

/// The DINO family: DINOv2 with and without registers.
public let dino = Family("DINO", DINOv2Encoder.self)

/// DINOv2, with and without registers: CLS token, positions resampled to the raster, pre-norm blocks with
/// LayerScale, and a plain or a gated feed-forward (arXiv 2304.07193, 2309.16588; reference: transformers
/// `modeling_dinov2.py`, `modeling_dinov2_with_registers.py`).
public struct DINOv2Encoder: VisionEncoder {
  public static let architectures = ["dinov2", "dinov2_with_registers"]
  public static let tensorNames = TensorNames(unneeded: ["embeddings.mask_token"])
  /// How training began, what a backbone would hand out, and an inner width that `mlp_ratio` tells.
  public static let irrelevantKeys =
    ConfigurationKeys.ofWordsAlone + [
      "layerscale_value", "drop_path_rate", "use_mask_token", "out_features", "out_indices",
      "_out_features", "_out_indices", "stage_names", "apply_layernorm", "reshape_hidden_states",
      "intermediate_size",
    ]

  /// The keys of `config.json`, with the defaults of Hugging Face's `Dinov2Config` and
  /// `Dinov2WithRegistersConfig`.
  public struct Configuration: AdapterConfiguration {
    let vision: VisionConfiguration
    let inner: Int
    let isGated: Bool
    let attentionBias: Bool
    let registerCount: Int
    let resampling: PositionGrid.Resampling

    public init(_ keys: ConfigurationKeys) throws {
      let hasRegisters = try keys.modelType() == "dinov2_with_registers"
      vision = try VisionConfiguration(
        keys, defaults: .init(patchSize: hasRegisters ? 16 : 14))
      inner = vision.hiddenSize * (try keys.size("mlp_ratio", default: 4, limit: 64))
      isGated = try keys.flag("use_swiglu_ffn", default: false)
      attentionBias = try keys.flag("qkv_bias", default: true)
      registerCount = try keys.count(
        "num_register_tokens", default: hasRegisters ? 4 : 0, limit: 1024)
      guard hasRegisters || registerCount == 0 else {
        throw UnsupportedConfiguration(
          key: "num_register_tokens", found: "\(registerCount)", supported: "none in a `dinov2`")
      }
      if hasRegisters {
        // So does transformers, whatever the number of registers.
        resampling = .antialiasedBicubic
        try keys.require("interpolate_antialias", toBe: true)
        try keys.require("interpolate_offset", toBe: 0.0)
      } else {
        // DINOv2's own code, which the method's VLMs follow, counts a raster as 0.1 larger than it is;
        // transformers has no such offset, and no such key.
        let offset = try keys.value("interpolate_offset", as: Double.self)
        guard offset.map({ 0...1 ~= $0 }) ?? true else {
          throw keys.damaged("interpolate_offset", "has to be a part of a patch, from 0 to 1")
        }
        resampling = offset.map { .offsetBicubic($0) } ?? .bicubic
      }
    }
  }

  public let width: Int
  public let finalNorm: (any Norm)?
  private let patchSize: Int
  private let patchEmbedding: PatchEmbedding
  private let classToken: [Float]
  private let classPosition: [Float]
  private let registers: [Float]
  private let positions: PositionGrid
  private let blocks: [Block]

  public var blockCount: Int { blocks.count }
  public var prefixTokenCount: Int { 1 + registers.count / width }

  public init(_ configuration: Configuration, weights: WeightScope) {
    let c = configuration.vision
    width = c.hiddenSize
    patchSize = c.patchSize
    let embeddings = weights / "embeddings"
    patchEmbedding = PatchEmbedding(c, embeddings / "patch_embeddings" / "projection", bias: true)
    classToken = embeddings.tensor("cls_token", [1, 1, width]).floats()
    // The table begins with the CLS token's own position, which no resampling touches.
    let places = c.side * c.side
    let table = embeddings.tensor("position_embeddings", [1, places + 1, width])
      .reshaped([places + 1, width])
    classPosition = table.rows(0..<1).floats()
    positions = PositionGrid(
      table.rows(1..<places + 1), side: c.side, resampling: configuration.resampling)
    let count = configuration.registerCount
    registers =
      count == 0 ? [] : embeddings.tensor("register_tokens", [1, count, width]).floats()
    blocks = (0..<c.blockCount).map { Block(configuration, weights / "encoder" / "layer" / $0) }
    finalNorm = LayerNorm(ifStored: c, weights / "layernorm")
  }

  public func check(_ pixels: PixelValues) throws(ImageObjection) {
    try pixels.checkPlanes(ofPatches: patchSize)
  }

  public func grid(for pixels: PixelValues) -> PatchGrid { pixels.grid(ofPatches: patchSize) }

  public func encode(
    _ pixels: PixelValues, through depth: Int, observer: StageObserver
  ) -> Matrix {
    let grid = grid(for: pixels)
    var patches = patchEmbedding(pixels)
    patches.add(repeating: positions(rows: grid.rows, columns: grid.columns))
    // Registers come between CLS and the patches, and have no position.
    var prefix = Matrix(rows: 1, columns: width, values: classToken)
    prefix.add(row: classPosition)
    let extra = Matrix(rows: registers.count / width, columns: width, values: registers)
    let x = patches.prefixing(each: grid.count, with: Matrix(joiningRows: prefix, extra))
    let crops = SequenceContext(Segments(crops: pixels.crops, rows: x.rows))
    return visionStream(x, through: depth, observer: observer) { blocks[$0](&$1, crops) }
  }
}

/// `x += scale1 * attention(norm1(x)); x += scale2 * feedForward(norm2(x))`.
private struct Block: Sendable {
  let attentionNorm, feedForwardNorm: LayerNorm
  let attention: SelfAttention
  let feedForward: Expansion
  let attentionScale, feedForwardScale: [Float]

  init(_ configuration: DINOv2Encoder.Configuration, _ weights: WeightScope) {
    let c = configuration.vision
    attentionNorm = LayerNorm(c, weights / "norm1")
    attention = SelfAttention(
      c, weights / "attention",
      names: .init("attention.query", "attention.key", "attention.value", "output.dense"),
      biases: configuration.attentionBias ? .all : .output)
    attentionScale = (weights / "layer_scale1").vector("lambda1", c.hiddenSize)
    feedForwardNorm = LayerNorm(c, weights / "norm2")
    feedForward = Expansion(configuration, weights / "mlp")
    feedForwardScale = (weights / "layer_scale2").vector("lambda1", c.hiddenSize)
  }

  func callAsFunction(_ x: inout Matrix, _ crops: SequenceContext) {
    var attended = attention(attentionNorm(x), crops)
    attended.multiply(columns: attentionScale)
    x.add(attended)
    var expanded = feedForward(feedForwardNorm(x))
    expanded.multiply(columns: feedForwardScale)
    x.add(expanded)
  }
}

/// The feed-forward: plain, or gated with gate and value stored as one (the giant model).
private enum Expansion: Sendable {
  case plain(FeedForward)
  case gated(GatedFeedForward)

  init(_ configuration: DINOv2Encoder.Configuration, _ weights: WeightScope) {
    let (c, inner) = (configuration.vision, configuration.inner)
    if configuration.isGated {
      // Two thirds, rounded up to a multiple of 8, so that both forms have about as many weights.
      let half = (inner * 2 / 3 + 7) / 8 * 8
      let halves = Linear.fused(
        weights / "weights_in", from: c.hiddenSize, to: [half, half], bias: true)
      self = .gated(
        GatedFeedForward(
          gate: halves[0], up: halves[1], activation: .silu,
          down: Linear(weights / "weights_out", from: half, to: c.hiddenSize, bias: true)))
    } else {
      self = .plain(FeedForward(c, weights, inner: inner))
    }
  }

  func callAsFunction(_ x: borrowing Matrix) -> Matrix {
    switch self {
    case .plain(let feedForward): feedForward(x)
    case .gated(let feedForward): feedForward(x)
    }
  }
}
