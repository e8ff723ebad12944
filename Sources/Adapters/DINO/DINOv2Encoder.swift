public import LatentLensComponents

/// DINOv2, with and without registers: CLS token, positions resampled to the raster, pre-norm blocks with
/// LayerScale, and a plain or a gated feed-forward (arXiv 2304.07193, 2309.16588; reference: transformers
/// `modeling_dinov2.py`, `modeling_dinov2_with_registers.py`).
///
/// The norm after the last block is not applied: features are taken from the residual stream.
public struct DINOv2Encoder: VisionEncoder {
  public static let architectures = ["dinov2", "dinov2_with_registers"]
  public static let foreignTensors = ["embeddings.mask_token", "layernorm.*"]

  public let width: Int
  public let blockCount: Int
  private let patchSize: Int
  private let patchEmbedding: PatchEmbedding
  private let classToken: [Float]
  private let classPosition: [Float]
  private let registers: [Float]
  private let positions: PositionGrid
  private let blocks: [Block]

  public var prefixTokenCount: Int { 1 + registers.count / width }

  public init(
    _ configuration: Configuration, weights: WeightScope
  ) throws(UnsupportedConfiguration) {
    guard configuration.hiddenSize % configuration.heads == 0 else {
      throw UnsupportedConfiguration(
        key: "num_attention_heads", found: "\(configuration.heads)",
        supported: "divisors of the hidden size \(configuration.hiddenSize)")
    }
    guard configuration.imageSize >= configuration.patchSize else {
      throw UnsupportedConfiguration(
        key: "patch_size", found: "\(configuration.patchSize)",
        supported: "patches no larger than the image of \(configuration.imageSize)")
    }
    width = configuration.hiddenSize
    blockCount = configuration.blockCount
    patchSize = configuration.patchSize
    let side = configuration.imageSize / patchSize
    let embeddings = weights / "embeddings"
    patchEmbedding = PatchEmbedding(
      embeddings / "patch_embeddings" / "projection", channels: configuration.channels,
      patch: patchSize, width: width, bias: true)
    classToken = embeddings.tensor("cls_token", [1, 1, width]).floats()
    // The table begins with the CLS token's own position, which no resampling touches.
    let table = embeddings.tensor("position_embeddings", [1, side * side + 1, width])
      .reshaped([side * side + 1, width])
    classPosition = table.rows(0..<1).floats()
    positions = PositionGrid(
      table.rows(1..<side * side + 1), side: side,
      // transformers resamples for the models with registers with antialiasing, for the others without.
      resampling: configuration.interpolationOffset.map { .offsetBicubic($0) }
        ?? (configuration.registerCount > 0 ? .antialiasedBicubic : .bicubic))
    let count = configuration.registerCount
    registers =
      count == 0 ? [] : embeddings.tensor("register_tokens", [1, count, width]).floats()
    blocks = (0..<blockCount).map {
      Block(configuration, weights: weights / "encoder" / "layer" / $0)
    }
  }

  public func objection(to pixels: PixelValues) -> String? {
    pixels.objection(toPatches: patchSize)
  }

  public func grid(for pixels: PixelValues) -> PatchGrid {
    PatchGrid(
      rows: pixels.height / patchSize, columns: pixels.width / patchSize, patchSize: patchSize)
  }

  public func encode(
    _ pixels: PixelValues, through depth: Int, observing observe: HiddenStateObserver
  ) {
    var patches = patchEmbedding(pixels.values, height: pixels.height, width: pixels.width)
    let grid = grid(for: pixels)
    patches.add(repeating: positions(rows: grid.rows, columns: grid.columns))
    // Registers come between CLS and the patches, and have no position.
    var prefix = Matrix(rows: 1, columns: width, values: classToken)
    prefix.add(row: classPosition)
    let extra = Matrix(rows: registers.count / width, columns: width, values: registers)
    let x = patches.prefixing(each: grid.count, with: Matrix(joiningRows: prefix, extra))
    let crops = Segments(crops: pixels.crops, rows: x.rows)
    _ = residualStream(x, through: depth, observing: observe) { blocks[$0](&$1, crops) }
  }
}

/// `x += scale1 * attention(norm1(x)); x += scale2 * feedForward(norm2(x))`.
private struct Block: Sendable {
  let attentionNorm: LayerNorm
  let query, key, value, output: Linear
  let attention: Attention
  let attentionScale: [Float]
  let feedForwardNorm: LayerNorm
  let feedForward: Expansion
  let feedForwardScale: [Float]

  init(_ c: DINOv2Encoder.Configuration, weights: WeightScope) {
    let width = c.hiddenSize
    attentionNorm = LayerNorm(weights / "norm1", width: width, epsilon: c.epsilon)
    let projections = weights / "attention" / "attention"
    query = Linear(projections / "query", from: width, to: width, bias: c.attentionBias)
    key = Linear(projections / "key", from: width, to: width, bias: c.attentionBias)
    value = Linear(projections / "value", from: width, to: width, bias: c.attentionBias)
    output = Linear(
      weights / "attention" / "output" / "dense", from: width, to: width, bias: true)
    attention = Attention(
      heads: c.heads, keyValueHeads: c.heads, headWidth: width / c.heads, mask: .full,
      compute: weights.compute)
    attentionScale = (weights / "layer_scale1").vector("lambda1", width)
    feedForwardNorm = LayerNorm(weights / "norm2", width: width, epsilon: c.epsilon)
    feedForward = Expansion(c, weights: weights / "mlp")
    feedForwardScale = (weights / "layer_scale2").vector("lambda1", width)
  }

  func callAsFunction(_ x: inout Matrix, _ crops: Segments) {
    let h = attentionNorm(x)
    var attended = output(attention(query(h), key(h), value(h), segments: crops))
    attended.multiply(columns: attentionScale)
    x.add(attended)
    var expanded = feedForward(feedForwardNorm(x))
    expanded.multiply(columns: feedForwardScale)
    x.add(expanded)
  }
}

/// The feed-forward: plain, or gated with gate and value side by side in one weight (the giant model).
private enum Expansion: Sendable {
  case plain(FeedForward)
  case gated(input: Linear, output: Linear, compute: Compute)

  init(_ c: DINOv2Encoder.Configuration, weights: WeightScope) {
    let (width, inner) = (c.hiddenSize, c.hiddenSize * c.expansion)
    if c.isGated {
      // Two thirds, rounded up to a multiple of 8, so that both forms have about as many weights.
      let half = (inner * 2 / 3 + 7) / 8 * 8
      self = .gated(
        input: Linear(weights / "weights_in", from: width, to: 2 * half, bias: true),
        output: Linear(weights / "weights_out", from: half, to: width, bias: true),
        compute: weights.compute)
    } else {
      self = .plain(
        FeedForward(
          up: Linear(weights / "fc1", from: width, to: inner, bias: true),
          activation: c.activation,
          down: Linear(weights / "fc2", from: inner, to: width, bias: true)))
    }
  }

  func callAsFunction(_ x: borrowing Matrix) -> Matrix {
    switch self {
    case .plain(let feedForward): return feedForward(x)
    case .gated(let input, let output, let compute):
      let both = input(x)
      var gate = both.columns(0..<both.columns / 2)
      Activation.silu(&gate, compute: compute)
      gate.multiply(by: both.columns(both.columns / 2..<both.columns))
      return output(gate)
    }
  }
}
