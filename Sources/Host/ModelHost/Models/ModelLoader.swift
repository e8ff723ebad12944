public import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensImaging
public import LatentLensKernels
internal import LatentLensTensors
internal import LatentLensTokenization
public import LatentLensWeights

/// Builds models from manifests: everything that can go wrong with data goes wrong here.
public struct ModelLoader: Sendable {
  public let registry: Registry
  /// How many threads compute; nil takes all cores.
  public let threads: Int?
  /// The precision of linear layers; nil goes by the checkpoint.
  public let precision: Compute.Precision?

  public init(registry: Registry, threads: Int? = nil, precision: Compute.Precision? = nil) {
    self.registry = registry
    self.threads = threads
    self.precision = precision
  }

  /// What to compute with: bfloat16 only pays where the weights have no more bits than it.
  func compute(for weights: some Sequence<Weight>) -> Compute {
    let isHalf = weights.contains { $0.type == .bf16 || $0.type == .f16 }
    let fitting: Compute.Precision = isHalf && Compute.hasBF16 ? .bf16 : .f32
    return Compute(threads: threads, precision: precision ?? fitting)
  }

  /// Loads a model manifest, a checkpoint folder, or `hf:OWNER/NAME`.
  public func load(_ source: String) throws -> Model {
    let survey = try survey(source)
    if let problem = survey.fatalProblems { throw problem }
    return survey.model
  }

  /// Builds a model from mapped weights and collects what is wrong with them, without running it.
  public func survey(_ source: String) throws -> ModelSurvey {
    let manifest = try ModelManifest(locating: source)
    var assembly = Assembly(manifest: manifest, loader: self)
    switch manifest.source {
    case .checkpoint(let path): try assembly.build(checkpoint: path)
    case .parts(let encoder, let connector, let decoder):
      try assembly.build(encoder: encoder, connector: connector, decoder: decoder)
    }
    return try assembly.finish()
  }
}

/// A built model, and every weight that is missing, misshapen or unread.
public struct ModelSurvey: Sendable {
  public let model: Model
  public let problems: [WeightProblem]
  public let tensorCount: Int

  /// What keeps the model from running; tensors that nobody reads do not.
  var fatalProblems: WeightError? {
    let fatal = problems.filter(\.isFatal)
    return fatal.isEmpty ? nil : WeightError(source: model.source, problems: fatal)
  }
}
