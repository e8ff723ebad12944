internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensTensors

/// What `check` finds out about a manifest or a checkpoint: every complaint at once, nothing run.
public struct ManifestCheck: Sendable {
  /// Whether the model could be run, or the run manifest carried out.
  public let isSound: Bool
  /// The findings, for people.
  public let text: String

  public init(_ source: String, loader: ModelLoader) throws {
    if PathKind(of: source) == .file, try JSONNode(contentsOf: source)["models"] != nil {
      let run = try RunManifest(contentsOf: source)
      let checks = try run.models.map { try ManifestCheck($0, loader: loader) }
      isSound = checks.allSatisfy(\.isSound)
      text =
        (["\(source): a run of \(run.models.count) models over \(run.images.count) images"]
        + checks.map(\.text)).joined(separator: "\n")
      return
    }
    let survey = try loader.survey(source)
    isSound = survey.problems.allSatisfy { !$0.isFatal }
    let parts = survey.model.adapters.sorted { $0.key < $1.key }
      .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    let verdict = isSound ? "sound" : "does not fit its configuration"
    let head = "\(source): \(verdict): \(parts); \(survey.tensorCount) tensors read"
    text = ([head] + survey.problems.map { "  \($0)" }).joined(separator: "\n")
  }
}
