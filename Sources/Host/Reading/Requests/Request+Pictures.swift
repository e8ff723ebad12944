internal import LatentLensFormats

extension Request {
  /// A picture that is left out.
  struct Lacking: Codable {
    let path: String
    /// What is said of it.
    let reason: String
  }

  /// The request without some pictures, which cannot be read.
  ///
  /// - Throws: `HostError` where none is left.
  func without(_ lacking: Set<String>) throws(HostError) -> Request {
    func readable(_ paths: [String]) throws(HostError) -> [String] {
      let kept = paths.filter { !lacking.contains($0) }
      guard kept.isEmpty == paths.isEmpty else {
        throw HostError("\(paths[0]): no picture can be read, neither this nor another beside it")
      }
      return kept
    }
    var request = self
    request.images = try readable(images)
    request.calibration = try readable(calibration)
    return request
  }

  /// Whether a picture is left out where it cannot be read.
  func mayLack(_ path: String) -> Bool { found.contains(path) && !isStrict }

  /// What is said of a picture that is left out.
  static func leftOut(_ error: any Error) -> String {
    "\(error); it is left out, since nobody has named it (--strict makes that an error)"
  }
}
