internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensKernels
internal import LatentLensModels
internal import LatentLensTensors

/// Tensors that were captured from the reference implementation, and the model that is held to them.
struct GoldenFolder {
  private let path: String
  private let model: Model
  private let inputs: ReplayedInputs
  private let expected: NameTable<Weight>
  /// The rows that were kept of the decoder's states; nil where all were.
  private let rows: [Int]?

  init(_ path: String, _ model: Model) throws {
    self.path = path
    self.model = model
    inputs = try ReplayedInputs(contentsOf: "\(path)/inputs.safetensors", for: model)
    let file = "\(path)/expected.safetensors"
    expected = try SafetensorsFile(contentsOf: file).tensors
    rows = expected["rows"]?.integers().map { Int($0) }
    if let rows, !rows.allSatisfy({ (0..<(inputs.ids?.count ?? 0)).contains($0) }) {
      throw HostError("\(file): `rows` has numbers of tokens that inputs.safetensors does not have")
    }
  }

  /// Replays the inputs and compares each state as it comes by.
  func compare() throws -> [Verification.Deviation] {
    var stages = try pixelStage().map { [$0] } ?? []
    let bound = model.identity.compute.arithmetic.tolerance
    let observer = StageObserver(
      wants: { expected[$0.tensorName] != nil },
      look: { stage, state in
        guard let tensor = expected[stage.tensorName] else { return }
        stages.append(
          Verification.Deviation(
            name: stage.tensorName,
            figure: Self.deviation(values(of: state, at: stage), tensor.floats()), bound: bound))
      })
    try inputs.pass(of: model).run(observer: observer)
    guard !stages.isEmpty else {
      throw HostError("\(path): holds no tensor that this model shows")
    }
    return stages
  }

  /// The numbers of a state of which the reference was kept.
  private func values(of state: borrowing Matrix, at stage: Stage) -> [Float] {
    switch stage {
    case .hidden, .norm, .logits: rows.map { state.gather($0).values() } ?? state.values()
    case .pixels, .vision, .visionNorm, .connector: state.values()
    }
  }

  /// What the model's own preprocessing makes of the golden pictures, against the captured pixels; nil where
  /// the folder names no picture.
  private func pixelStage() throws -> Verification.Deviation? {
    let file = "\(path)/golden.json"
    guard !inputs.images.isEmpty, PathKind(of: file) == .file,
      let image = try JSONNode(contentsOf: file)["image"]
    else { return nil }
    let sight = try model.sight()
    let seen = try sight.see(ManifestPath.resolve(image))
    var found: [Float] = []
    EncoderPass(sight, images: [seen]).run(
      observer: StageObserver(wants: { $0 == .pixels }, look: { found = $1.values() }))
    return Verification.Deviation(
      name: Stage.pixels.tensorName,
      figure: Self.deviation(found, inputs.images.flatMap(\.pixels.values)),
      bound: Arithmetic.f32.tolerance)
  }

  /// The largest difference over the largest magnitude; infinite where numbers are missing or are none.
  static func deviation(_ found: [Float], _ expected: [Float]) -> Double {
    guard found.count == expected.count else { return .infinity }
    var worst: Float = 0
    var largest: Float = 0
    for (x, y) in zip(found, expected) {
      // A NaN is larger than nothing and smaller than nothing: it would pass as no difference.
      guard x.isFinite, y.isFinite else { return .infinity }
      worst = max(worst, abs(x - y))
      largest = max(largest, abs(y))
    }
    return Double(worst / max(largest, .leastNormalMagnitude))
  }
}
