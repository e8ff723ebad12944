internal import LatentLensComponents
internal import LatentLensImaging
package import LatentLensModels
internal import LatentLensSession

/// What `check` finds out about a run: every complaint about its models and its pictures, nothing run.
package struct RequestCheck: Sendable {
  /// Whether the run would be carried out.
  package let isSound: Bool
  /// The findings, for people.
  package let text: String

  /// - Throws: what `ManifestCheck` throws for a model that cannot even be described.
  package init(_ source: String, _ request: Request, loader: ModelLoader) throws {
    let models = try request.models.map { try ManifestCheck($0, loader: loader) }
    // What cannot be described well enough to see was told just now.
    let seers = request.models.compactMap { try? loader.survey($0).model.whole() }
    var lines = [
      "\(source): a run of \(request.models.count) models over \(request.images.count) images"
    ]
    lines += models.map(\.text)
    var isReadable = true
    for pictures in [request.images, request.calibration] where !pictures.isEmpty {
      var kept = 0
      for path in pictures {
        do {
          if seers.isEmpty { _ = try RGBImage(contentsOf: path) }
          for seer in seers { _ = try seer.see(path) }
          kept += 1
        } catch {
          lines.append("  \(request.mayLack(path) ? Request.leftOut(error) : "\(error)")")
          if !request.mayLack(path) { isReadable = false }
        }
      }
      if kept == 0 { isReadable = false }
    }
    isSound = isReadable && models.allSatisfy(\.isSound)
    text = lines.joined(separator: "\n")
  }
}
