package import LatentLensComponents
internal import LatentLensFormats
package import LatentLensKernels
internal import LatentLensTensors
internal import LatentLensWeights

/// Builds models from manifests and checkpoints: everything that can go wrong with data goes wrong here.
package struct ModelLoader: Sendable {
  package let registry: Registry
  /// How many threads compute; nil takes all cores.
  package let threads: Int?
  /// The arithmetic of linear layers; nil goes by the checkpoint.
  package let arithmetic: Arithmetic?

  package init(registry: Registry, threads: Int? = nil, arithmetic: Arithmetic? = nil) {
    self.registry = registry
    self.threads = threads
    self.arithmetic = arithmetic
  }

  /// What to compute with: a narrow arithmetic only where the weights have no more bits than it.
  func compute(for weights: some Sequence<Weight>) -> Compute {
    Compute(
      threads: threads, arithmetic: arithmetic ?? .fitting(Set(weights.map(\.encoding))))
  }

  /// Loads a model manifest, a checkpoint, or `hf:OWNER/NAME@REVISION`.
  ///
  /// - Parameter isUntrained: whether nothing of what the connector learnt is to be left: its tensors are read
  ///   with their elements in another order.
  /// - Throws: typed errors, each one sentence with file and place: `HostError`, `JSONError`, the errors
  ///   of weight formats and tokenizers; `UnreadKeysError` for a configuration that asks for what no
  ///   adapter reads, and `WeightError` for tensors that are missing or misshapen.
  package func load(_ source: String, isUntrained: Bool = false) throws -> Model {
    let survey = try survey(source, isUntrained: isUntrained)
    try survey.requireSoundness()
    return survey.model
  }

  /// Builds a model from mapped weights and collects everything that does not fit, without running it.
  package func survey(_ source: String, isUntrained: Bool = false) throws -> ModelSurvey {
    let manifest = try ModelManifest(locating: source)
    var blueprint = try Blueprint(manifest, registry: registry)
    if isUntrained { blueprint.parts[.connector]?.isShuffled = true }
    return try ModelSurvey(blueprint, manifest, loader: self)
  }
}
