internal import Foundation
internal import LatentLensFormats
internal import LatentLensReport

/// Pictures that results speak of, found by what they are: the SHA-256 of their files, at the paths where runs
/// saw them, or in the runs' own reports, with which they travel.
struct PictureShelf: Sendable {
  /// Per digest where a picture may be.
  private var places: [String: Place] = [:]
  /// The pictures of reports that were looked into.
  private var opened: [String: [String: Data]] = [:]

  private struct Place {
    var paths: [String] = []
    var reports: [String] = []
  }

  /// The pictures of a run's own results.
  init(of results: Results) {
    for image in results.models.flatMap(\.images) { add(image.digest, path: image.path) }
  }

  init() {}

  /// Adds the pictures of a run's images.
  mutating func add(_ images: [JSONNode], of run: FinishedRun) throws(JSONError) {
    for image in images {
      add(
        try image.required("sha256").string(), path: try image.required("path").string(),
        report: "\(run.folder)/\(RunOutput.report)")
    }
  }

  private mutating func add(_ digest: String, path: String, report: String? = nil) {
    var place = places[digest] ?? Place()
    if !place.paths.contains(path) { place.paths.append(path) }
    if let report, !place.reports.contains(report) { place.reports.append(report) }
    places[digest] = place
  }

  var digests: Set<String> { Set(places.keys) }

  /// The bytes of a picture's file.
  ///
  /// - Throws: `HostError` for a picture that is nowhere any more.
  mutating func data(_ digest: String) throws(HostError) -> Data {
    let place = places[digest] ?? Place()
    for path in place.paths where (try? SHA256.digest(ofFile: path)) == digest {
      if let data = FileManager.default.contents(atPath: path) { return data }
    }
    for report in place.reports {
      let held = opened[report] ?? Report.pictures(inFile: report)
      opened[report] = held
      if let data = held[digest] { return data }
    }
    let path = place.paths.first ?? digest
    throw HostError(
      FileManager.default.fileExists(atPath: path)
        ? "\(path): is another picture than the one that was read; put that back, or run again"
        : "\(path): was there when the run was made, but cannot be read any more; put it back")
  }
}
