internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensKernels
internal import LatentLensWeights

extension Assembly {
  /// Which adapter comes nearest to a checkpoint of an unknown `model_type`, and what keeps it from it,
  /// as the rest of a sentence.
  ///
  /// Every adapter is tried on the checkpoint's configuration and tensors; the nearest is the one that
  /// fewest tensors do not fit.
  func nearestAdapter(to checkpoint: Checkpoint, _ configuration: JSONNode) -> String {
    var trials: [Trial] = []
    for architecture in registry.modelArchitectures {
      trials.append(
        Trial("whole VLM", architecture, empty) { assembly in
          guard let model = assembly.registry.model(architecture) else { return }
          try assembly.add(
            recipe: assembly.recipe(model, configuration), of: checkpoint, configuration)
        })
    }
    for architecture in registry.decoderArchitectures {
      trials.append(
        Trial("decoder", architecture, empty) {
          try $0.addDecoder(architecture, configuration, checkpoint.tensors, of: checkpoint)
        })
    }
    for architecture in registry.encoderArchitectures {
      trials.append(
        Trial("vision encoder", architecture, empty) {
          try $0.addEncoder(architecture, configuration, checkpoint.tensors, of: checkpoint)
        })
    }
    let known = trials.map(\.architecture).joined(separator: ", ")
    let nearest = trials.filter { $0.misfits.count < checkpoint.tensors.count && !$0.isRefused }
      .min { $0.misfits.count < $1.misfits.count }
    guard let nearest else { return "none comes near; there are adapters for \(known)" }
    return nearest.sentence
  }

  private var empty: Assembly { Assembly(manifest: manifest, loader: loader) }

  /// An adapter's attempt at a checkpoint.
  private struct Trial {
    let kind: String
    let architecture: String
    let misfits: [WeightProblem]
    let isRefused: Bool

    init(
      _ kind: String, _ architecture: String, _ assembly: Assembly,
      body: (inout Assembly) throws -> Void
    ) {
      self.kind = kind
      self.architecture = architecture
      var assembly = assembly
      do {
        try body(&assembly)
        isRefused = false
      } catch {
        isRefused = true
      }
      misfits = assembly.problems
    }

    var sentence: String {
      let name = "the nearest is the \(kind) `\(architecture)`"
      guard let first = misfits.first else {
        return "\(name), which takes every tensor; if it is the same architecture, say so: "
          + (kind == "whole VLM"
            ? "make it the model_type" : "`\"adapter\": \"\(architecture)\"` in a manifest's part")
      }
      return "\(name), but \(misfits.count) tensors do not fit it: \(first)"
    }
  }
}
