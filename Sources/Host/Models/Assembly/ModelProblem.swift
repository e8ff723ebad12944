package import LatentLensWeights

/// Something about a model's files that does not fit what its adapters describe.
package enum ModelProblem: Sendable, Hashable, CustomStringConvertible {
  /// A tensor that is missing, misshapen, mistyped or unread.
  case weight(WeightProblem)
  /// A key of a configuration that nobody reads.
  case key(UnreadKey)

  /// Whether the model is not loaded like this; tensors that nobody reads do no harm.
  package var isFatal: Bool {
    switch self {
    case .weight(let problem): problem.isFatal
    case .key: true
    }
  }

  package var description: String {
    switch self {
    case .weight(let problem): problem.description
    case .key(let key): "\(key.file): \(key)"
    }
  }
}

extension [ModelProblem] {
  /// Causes before effects: unread keys, then what keeps a model from running, then the rest.
  var causesFirst: [ModelProblem] {
    let keys = filter { if case .key = $0 { true } else { false } }
    let weights = filter { if case .weight = $0 { true } else { false } }
    return keys + weights.filter(\.isFatal) + weights.filter { !$0.isFatal }
  }
}
