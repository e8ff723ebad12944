import LatentLensKernels
import LatentLensTensors
import LatentLensWeights
import Testing

/// Layers against torch and transformers.
@Suite struct LayerTests {
  let compute = Compute(threads: 2)

  /// Each pair of elements turns by its own axis, as in a rotation by that axis alone.
  @Test func pairsTurnByTheirAxes() {
    var random = Randomness()
    let x = random.matrix(5, 24)
    let places = [[3, 3, 3, 4, 5], [3, 4, 5, 6, 0], [3, 9, 1, 0, 2]]
    let axes = [0, 2, 1, 1, 0, 2]
    var turned = x.copy()
    RotaryEmbedding(headWidth: 12, theta: 100, axes: axes, compute: compute)
      .rotate(&turned, heads: 2, at: Segments(counts: [5], coordinates: places))
    for axis in 0..<3 {
      for row in 0..<5 {
        var alone = x.rows(row..<row + 1)
        RotaryEmbedding(headWidth: 12, theta: 100, compute: compute)
          .rotate(&alone, heads: 2, at: Segments(count: 1, startingAt: places[axis][row]))
        for pair in 0..<6 where axes[pair] == axis {
          for element in [pair, pair + 6, pair + 12, pair + 18] {
            #expect(abs(turned[row, element] - alone[0, element]) < 1e-6)
          }
        }
      }
    }
  }

  /// Layers that are stored as one give what the whole gives, cut into their columns.
  @Test func fusedLayersAreTheWholeInParts() {
    var random = Randomness()
    let weights: NameTable = [
      "whole.weight": Weight(name: "w", floats: random.matrix(9, 5).values(), shape: [9, 5]),
      "whole.bias": Weight(name: "b", floats: random.matrix(1, 9).values(), shape: [9]),
    ]
    let ledger = WeightLedger(weights, source: "test", compute: compute)
    let x = random.matrix(4, 5)
    let whole = Linear(ledger.root / "whole", from: 5, to: 9, bias: true)(x)
    var first = 0
    for part in Linear.fused(ledger.root / "whole", from: 5, to: [4, 2, 3], bias: true) {
      #expect(part(x).values() == whole.columns(first..<first + part.outputs).values())
      first += part.outputs
    }
    #expect(first == 9)
  }

  @Test func groupsHaveTheirMeans() {
    let x = Matrix(rows: 4, columns: 2, values: [1, 2, 3, 6, 5, 1, 7, 7])
    #expect(x.means(ofGroups: [3, 0, 1]).values() == [3, 3, 0, 0, 7, 7])
  }

  static let scalings: [(name: String, scaling: RotaryEmbedding.Scaling)] = [
    ("default", .none),
    ("linear", .linear(factor: 4)),
    (
      "llama3",
      .llama3(factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalPositions: 256)
    ),
    ("dynamic", .dynamic(factor: 2, originalPositions: 256)),
    ("yarn", .yarn(factor: 4, originalPositions: 256)),
    (
      "yarn_mscale",
      .yarn(
        factor: 40, originalPositions: 256, betaFast: 16, betaSlow: 2, mscale: 0.707,
        mscaleAllDim: 1, truncate: false)
    ),
    ("yarn_attention", .yarn(factor: 4, originalPositions: 256, attentionFactor: 1.5)),
  ]

  @Test(arguments: scalings.map(\.name))
  func rotationsMatchTransformers(name: String) throws {
    let fixture = try Fixture("rope")
    let scaling = try #require(Self.scalings.first { $0.name == name }).scaling
    let rotary = RotaryEmbedding(headWidth: 48, theta: 10000, scaling: scaling, compute: compute)
    for start in [0, 1000] {
      var x = try fixture.matrix("x", columns: 96)
      rotary.rotate(&x, heads: 2, at: Segments(count: 5, startingAt: start))
      try #expect(relativeError(x.values(), fixture["\(name)@\(start)"]) < 5e-5, "from \(start)")
    }
  }

  @Test func segmentsRotateAsIfAlone() {
    var random = Randomness()
    let rotary = RotaryEmbedding(
      headWidth: 8, theta: 10000, scaling: .dynamic(factor: 2, originalPositions: 4),
      compute: compute)
    let x = random.matrix(9, 16)
    var together = x.copy()
    var first = x.rows(0..<3)
    var second = x.rows(3..<9)
    rotary.rotate(&together, heads: 2, at: Segments(counts: [3, 6]))
    rotary.rotate(&first, heads: 2, at: Segments(count: 3))
    rotary.rotate(&second, heads: 2, at: Segments(count: 6))
    #expect(together.values() == first.values() + second.values())
  }

  @Test func narrowRotationsLeaveTheRestAlone() {
    var random = Randomness()
    let x = random.matrix(3, 20)
    var y = x.copy()
    let rotary = RotaryEmbedding(headWidth: 10, rotaryWidth: 4, theta: 100, compute: compute)
    rotary.rotate(&y, heads: 2, at: Segments(count: 3, startingAt: 1))
    for row in 0..<3 {
      for column in 0..<20 {
        let rotated = column % 10 < 4
        #expect((x[row, column] != y[row, column]) == rotated)
      }
    }
  }

  @Test(arguments: [
    "silu", "gelu", "gelu_pytorch_tanh", "gelu_new", "gelu_fast", "quick_gelu", "relu", "sigmoid",
    "tanh", "linear",
  ])
  func activationsMatchTransformers(name: String) throws {
    let fixture = try Fixture("activations")
    let activation = try #require(Activation(rawValue: name))
    var x = try fixture.matrix("x", columns: 199)
    activation(&x, compute: compute)
    let expected = try fixture[name]
    for (found, expected) in zip(x.values(), expected) {
      #expect(abs(found - expected) <= 1e-6 * max(1, abs(expected)))
    }
  }

  @Test func normsMatchTorch() throws {
    let fixture = try Fixture("norms")
    let x = try fixture.matrix("x", columns: 37)
    let (weight, bias) = (try fixture["weight"], try fixture["bias"])
    let rms = RMSNorm(weight, epsilon: 1e-5, compute: compute)
    try #expect(relativeError(rms(x).values(), fixture["rms"]) < 1e-6)
    let shifted = RMSNorm(weight.map { $0 - 1 }, epsilon: 1e-5, offset: 1, compute: compute)
    try #expect(relativeError(shifted(x).values(), fixture["rms"]) < 2e-6)
    let layer = LayerNorm(width: 37, weight: weight, bias: bias, epsilon: 1e-5, compute: compute)
    try #expect(relativeError(layer(x).values(), fixture["layer"]) < 2e-6)
    let plain = LayerNorm(width: 37, epsilon: 1e-5, compute: compute)
    try #expect(relativeError(plain(x).values(), fixture["plain"]) < 2e-6)
  }

  @Test func headwiseNormsSeeEachHeadAlone() throws {
    let fixture = try Fixture("norms")
    let heads = Matrix(rows: 1, columns: 3 * 37, values: try fixture["x"])
    let rms = RMSNorm(try fixture["weight"], epsilon: 1e-5, compute: compute)
    try #expect(relativeError(rms(heads).values(), fixture["rms"]) < 1e-6)
    let plain = LayerNorm(width: 37, epsilon: 1e-5, compute: compute)
    try #expect(relativeError(plain(heads).values(), fixture["plain"]) < 2e-6)
  }

  @Test func patchesMatchConvolution() throws {
    let fixture = try Fixture("patches")
    let ledger = WeightLedger(
      [
        "weight": Weight(name: "weight", floats: try fixture["weight"], shape: [5, 3, 4, 4]),
        "bias": Weight(name: "bias", floats: try fixture["bias"], shape: [5]),
      ], source: "test", compute: compute)
    let embedding = PatchEmbedding(ledger.root, channels: 3, patch: 4, width: 5, bias: true)
    try ledger.finish()
    let found = embedding(try fixture["pixels"], height: 11, width: 14)
    #expect(found.rows == 6)
    try #expect(relativeError(found.values(), fixture["out"]) < 1e-6)
  }

  @Test func embeddingsDecodeTheirRows() {
    let values: [Float] = [1, 2, 3, 4, 5, 6]
    let bytes = Matrix(rows: 3, columns: 2, values: values).encoded(as: .bf16).bytes
    let table = Embedding(
      Weight(name: "e", bytes: bytes, encoding: .bf16, shape: [3, 2]), compute: compute)
    #expect(table([2, 0, 2]).values() == [5, 6, 1, 2, 5, 6])
  }

  @Test func feedForwardsAreTheirParts() {
    var random = Randomness()
    func layer(_ from: Int, _ to: Int) -> Linear {
      let weight = Weight(name: "w", floats: random.floats(from * to), shape: [to, from])
      return Linear(weight, bias: random.floats(to), compute: compute)
    }
    let (gate, up, down) = (layer(5, 19), layer(5, 19), layer(19, 3))
    let x = random.matrix(4, 5)
    var hidden = up(x)
    Activation.gelu(&hidden, compute: compute)
    let plain = FeedForward(up: up, activation: .gelu, down: down)
    #expect(plain(x).values() == down(hidden).values())
    var gated = gate(x)
    Activation.silu(&gated, compute: compute)
    gated.multiply(by: up(x))
    let swiglu = GatedFeedForward(gate: gate, up: up, activation: .silu, down: down)
    #expect(swiglu(x).values() == down(gated).values())
  }
}

extension RotaryEmbedding {
  fileprivate func rotate(_ x: inout Matrix, heads: Int, at segments: Segments) {
    rotate(&x, heads: heads, by: turns(of: segments))
  }
}
