internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensKernels

/// How well an adapter fits a checkpoint that may be another's.
struct NearestAdapter {
  let kind: String
  let architecture: String
  let problems: [ModelProblem]

  /// The adapter that fewest tensors and keys of a checkpoint do not fit; nil where none comes near.
  ///
  /// Every adapter is tried on the checkpoint's configuration and tensors, of which only the small ones
  /// are read.
  init?(to checkpoint: Checkpoint, named source: String, registry: Registry) {
    let compute = Compute(threads: 1)
    let trials = Blueprint.Reading.all(in: registry).compactMap { architecture, reading -> Self? in
      // An adapter that refuses the configuration is none for it.
      guard
        let blueprint = try? Blueprint(checkpoint, as: reading, architecture, named: source),
        let assembly = try? Assembly(blueprint, registry: registry, compute: compute)
      else { return nil }
      return Self(
        kind: reading.kind, architecture: architecture, problems: assembly.problems)
    }
    let fitting = trials.filter { trial in
      let misfits = trial.problems.count { if case .weight = $0 { true } else { false } }
      return misfits < checkpoint.tensors.count
    }
    guard let nearest = fitting.min(by: { $0.problems.count < $1.problems.count }) else {
      return nil
    }
    self = nearest
  }

  private init(kind: String, architecture: String, problems: [ModelProblem]) {
    self.kind = kind
    self.architecture = architecture
    self.problems = problems
  }

  /// Which adapter comes nearest, and what keeps the checkpoint from it, as the rest of a sentence.
  static func sentence(
    for checkpoint: Checkpoint, named source: String, registry: Registry
  ) -> String {
    if let nearest = NearestAdapter(to: checkpoint, named: source, registry: registry) {
      return nearest.sentence
    }
    let known = Blueprint.Reading.all(in: registry).map(\.architecture).joined(separator: ", ")
    return "none comes near; there are adapters for \(known)"
  }

  var sentence: String {
    let name = "the nearest is the \(kind) `\(architecture)`"
    guard let first = problems.first else {
      return "\(name), which takes every tensor and every key; if it is the same architecture, "
        + "make it the model_type"
    }
    let count = problems.count == 1 ? "this does" : "\(problems.count) tensors and keys do"
    return "\(name), but \(count) not fit it: \(first)"
  }
}
