internal import Foundation
internal import LatentLensFormats
internal import LatentLensImaging
internal import LatentLensReport

/// Pictures that results speak of, found by what they are: the SHA-256 of their files.
///
/// Results may come from anywhere, and a path in them may lead to anything that the user may read. So a picture
/// of a finished run is taken from the files that the user names, from the report or the parts that stand in the
/// run's folder, or from that folder; and only if it is a picture, and the one that the run has read.
struct PictureShelf: Sendable {
  /// Per digest where a picture may be.
  private var places: [String: Place] = [:]
  /// What the user names, by digest.
  private let named: [String: String]
  /// Per folder that of its parts, in which pictures stand under their digests.
  private var parts: [String: String] = [:]
  /// The pictures of reports that were looked into.
  private var opened: [String: [String: Data]] = [:]

  private struct Place {
    /// How results call it.
    let path: String
    /// The runs that have read it; of none, it was read just now, and its path is the user's own.
    var folders: [String] = []
  }

  /// The pictures of results that have just been found.
  init(of results: Results) {
    named = [:]
    for image in results.models.flatMap(\.images) {
      places[image.digest] = Place(path: image.path)
    }
  }

  /// No pictures.
  static let empty = PictureShelf()

  private init() { named = [:] }

  /// An empty shelf for the pictures of finished runs.
  ///
  /// - Parameter files: pictures that the user names.
  /// - Throws: `FileError` for one that cannot be read.
  init(named files: [String] = []) throws {
    named = Dictionary(try files.map { (try SHA256.digest(ofFile: $0), $0) }) { first, _ in first }
  }

  /// Adds the pictures of a run's images.
  mutating func add(_ images: [JSONNode], of run: FinishedRun) throws(JSONError) {
    parts[run.folder] = run.partFolder
    for image in images {
      let (digest, path) = (
        try image.required("sha256").string(), try image.required("path").string()
      )
      var place = places[digest] ?? Place(path: path)
      if !place.folders.contains(run.folder) { place.folders.append(run.folder) }
      places[digest] = place
    }
  }

  var digests: Set<String> { Set(places.keys) }

  /// The bytes of a picture's file.
  ///
  /// - Throws: `HostError` for a picture that is not found.
  mutating func data(_ digest: String) throws(HostError) -> Data {
    guard let place = places[digest] else {
      throw HostError("\(digest): is no picture of these runs")
    }
    let files = [named[digest]] + (place.folders.isEmpty ? [place.path] : [])
    for case let file? in files {
      if let data = Self.data(ofFile: file), Self.isPicture(data, digest) { return data }
    }
    for folder in place.folders {
      let report = RunOutput.reportPath(in: folder)
      let held = opened[report] ?? Report.pictures(inFile: report)
      opened[report] = held
      let found = [
        held[digest], parts[folder].flatMap { Self.data(ofFile: "\($0)/\(digest)") },
        Self.data(ofFile: place.path, in: folder),
      ]
      for case let data? in found where Self.isPicture(data, digest) { return data }
    }
    guard let folder = place.folders.first else {
      throw HostError(
        "\(place.path): cannot be read again, or has changed since it was read; run again")
    }
    throw HostError(
      "\(place.path): stands neither in \(RunOutput.reportPath(in: folder)) nor beside it as the picture that "
        + "the run has read; name its file with --image")
  }

  private static func isPicture(_ data: Data, _ digest: String) -> Bool {
    let bytes = [UInt8](data)
    var hash = SHA256()
    hash.update(bytes)
    return hash.finalize() == digest && RGBImage.isPicture(bytes)
  }

  private static func data(ofFile path: String) -> Data? {
    (try? RGBImage.bytes(ofFile: path)).map { Data($0) }
  }

  /// A file, if it stands in a folder or below it.
  private static func data(ofFile path: String, in folder: String) -> Data? {
    func resolved(_ path: String) -> String {
      URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }
    guard resolved(path).hasPrefix(resolved(folder) + "/") else { return nil }
    return data(ofFile: path)
  }
}
