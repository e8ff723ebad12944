internal import Foundation
internal import LatentLensFormats
internal import LatentLensImaging
internal import LatentLensReport

/// The pictures of finished runs, found again without believing what the results say of them.
///
/// Results may come from anywhere, and a path in them may lead to anything that the user may read. So a
/// picture is taken from the files that the user names, from the run's own folder, or from the report that
/// stands in it; and only if it is a picture, and the one that the run has read, by its digest.
struct RecordedPictures {
  private struct Recorded {
    let digest: String
    let folder: String
  }

  private let recorded: [String: Recorded]
  private let named: [String: [UInt8]]
  private var reports: [String: ReportPictures] = [:]

  /// - Parameters:
  ///   - images: what results say of images, each with the folder of its run.
  ///   - files: pictures that the user names.
  init(_ images: [(node: JSONNode, folder: String)], named files: [String]) throws {
    recorded = Dictionary(
      try images.map { image, folder in
        (
          try image.required("path").string(),
          Recorded(digest: try image.required("sha256").string(), folder: folder)
        )
      }
    ) { first, _ in first }
    let wanted = Set(recorded.values.map(\.digest))
    var named: [String: [UInt8]] = [:]
    for file in files {
      guard wanted.contains(try SHA256.digest(ofFile: file)) else { continue }
      let bytes = try RGBImage.bytes(ofFile: file)
      named[Self.digest(bytes)] = bytes
    }
    self.named = named
    for folder in Set(recorded.values.map(\.folder)) {
      reports[folder] = ReportPictures(contentsOf: RunOutput.reportPath(in: folder))
    }
  }

  /// The paths by which results know them.
  var paths: Set<String> { Set(recorded.keys) }

  /// The bytes of a picture's file.
  ///
  /// - Throws: `HostError` where it is not found.
  func bytes(of path: String) throws(HostError) -> [UInt8] {
    guard let picture = recorded[path] else {
      throw HostError("\(path): is no picture of these runs")
    }
    if let bytes = named[picture.digest], RGBImage.isPicture(bytes) { return bytes }
    for bytes in [reports[picture.folder]?.bytes(of: path), Self.file(path, in: picture.folder)] {
      if let bytes, Self.digest(bytes) == picture.digest, RGBImage.isPicture(bytes) { return bytes }
    }
    throw HostError(
      "\(path): stands neither in \(RunOutput.reportPath(in: picture.folder)) nor beside it as the picture that "
        + "the run has read; name its file with --image")
  }

  /// A file, if it stands in a folder or below it.
  private static func file(_ path: String, in folder: String) -> [UInt8]? {
    func resolved(_ path: String) -> String {
      URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }
    guard resolved(path).hasPrefix(resolved(folder) + "/") else { return nil }
    return try? RGBImage.bytes(ofFile: path)
  }

  private static func digest(_ bytes: [UInt8]) -> String {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finalize()
  }
}
