internal import LatentLensFormats

extension Request {
  /// Looks at every picture before anything is done with one.
  ///
  /// - Parameters:
  ///   - look: throws where a picture cannot be read.
  ///   - leaveOut: is told what is wrong with one that is left out.
  /// - Returns: the request without the pictures that are left out, which nobody has named.
  /// - Throws: what is wrong with a picture that was named, or with any where the request is strict; `HostError`
  ///   where none is left.
  func looked(
    _ look: (String) throws -> Void, leaveOut: (String) -> Void
  ) throws -> Request {
    func readable(_ paths: [String]) throws -> [String] {
      let kept = try paths.filter { path in
        do {
          try look(path)
          return true
        } catch  where mayLack(path) {
          leaveOut(Self.leftOut(error))
          return false
        }
      }
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
