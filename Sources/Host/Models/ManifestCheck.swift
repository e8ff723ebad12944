internal import LatentLensComponents
internal import LatentLensFormats

/// What `check` finds out about a model: every complaint at once, nothing run.
package struct ManifestCheck: Sendable {
  /// Whether everything fits: no tensor missing, misshapen or unread, no key unread.
  package let isSound: Bool
  /// The findings, for people: at most a screenful.
  package let text: String

  private static let lineLimit = 20

  /// Checks a model manifest, a checkpoint, or `hf:OWNER/NAME@REVISION`.
  ///
  /// - Throws: what `ModelLoader.survey` throws, for a model that cannot even be described.
  package init(_ source: String, loader: ModelLoader) throws {
    let nearest = { NearestAdapter(toModelOf: source, registry: loader.registry) }
    let survey: ModelSurvey
    do {
      survey = try loader.survey(source)
    } catch let error as JSONError {
      // The configuration may be another architecture's, which is then told.
      guard let nearest = nearest(), nearest.problems.isEmpty else { throw error }
      isSound = false
      text = "\(source): \(error)\n  \(nearest.sentence)"
      return
    }
    isSound = survey.problems.isEmpty
    let parts = Role.allCases.compactMap { role in
      survey.model.identity.adapters[role].map { "\(role) \($0)" }
    }
    let verdict = isSound ? "sound" : "does not fit its configuration"
    var lines = [
      "\(source): \(verdict): \(parts.joined(separator: ", ")); \(survey.tensorCount) tensors read"
    ]
    lines += survey.problems.prefix(Self.lineLimit).map { "  \($0)" }
    let more = survey.problems.count - Self.lineLimit
    if more > 0 { lines.append("  and \(more) more") }
    if survey.problems.contains(where: \.isFatal), let nearest = nearest(),
      nearest.problems.count < survey.problems.count
    {
      lines.append("  \(nearest.sentence)")
    }
    text = lines.joined(separator: "\n")
  }
}

extension NearestAdapter {
  /// The adapter that comes nearest to a model's checkpoint, if it is another than its `model_type`
  /// names; nil for a model of several checkpoints, and for an unknown type, whose error tells the nearest.
  fileprivate init?(toModelOf source: String, registry: Registry) {
    guard let manifest = try? ModelManifest(locating: source),
      case .checkpoint(let locator) = manifest.source, let checkpoint = try? Checkpoint(locator),
      let named = try? checkpoint.configuration?["model_type"]?.string(),
      Blueprint.Reading.all(in: registry).contains(where: { $0.architecture == named })
    else { return nil }
    self.init(to: checkpoint, named: source, registry: registry)
    guard architecture != named else { return nil }
  }
}
