internal import LatentLensComponents
internal import LatentLensTensors

extension Recipe.Part {
  /// The part's tensors by its own names.
  func tensors(of stored: [String: Weight]) -> [String: Weight] {
    var own: [String: Weight] = [:]
    for (name, weight) in stored {
      guard let renaming = names.first(where: { name.hasPrefix($0.stored) }) else { continue }
      own[renaming.own + name.dropFirst(renaming.stored.count)] = weight
    }
    return own
  }
}

extension PartManifest {
  /// The part's tensors by its own names: those under `prefix`, or all.
  func tensors(of checkpoint: Checkpoint) -> [String: Weight] {
    guard let prefix else { return checkpoint.tensors }
    return Recipe.Part(names: [.init(prefix)]).tensors(of: checkpoint.tensors)
  }
}
