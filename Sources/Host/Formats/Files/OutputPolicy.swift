internal import LatentLensTensors

/// What a command's output may replace: what the same work has made before, and nothing else unless that is
/// asked for; never what somebody else has made, or what is read.
package struct OutputPolicy: Sendable {
  /// Whether what other work of this program has made may be replaced, too.
  package var overwrites: Bool
  /// The files and folders that are read.
  package var inputs: [String]

  package init(overwrites: Bool = false, inputs: [String] = []) {
    self.overwrites = overwrites
    self.inputs = inputs
  }

  /// The same, for work that reads more.
  package func reading(_ inputs: [String]) -> OutputPolicy {
    OutputPolicy(overwrites: overwrites, inputs: self.inputs + inputs)
  }

  /// Whose work stands where something is to be written.
  package enum Maker: Sendable {
    /// The same work, done before.
    case thisWork
    /// Other work of this program.
    case program
    case somebodyElse
  }

  /// Makes sure that something may be written to a path.
  ///
  /// - Parameter maker: tells who made what stands there.
  /// - Throws: `FileError` where that may not be replaced.
  package func admit(
    _ kind: PathKind, at path: String, madeBy maker: () -> Maker
  ) throws(FileError) {
    guard let node = try FileNode.requireRoom(path, for: kind) else { return }
    if inputs.contains(where: { FileNode($0) == node }) {
      throw FileError(path: path, reason: "is read itself; choose another name to write to")
    }
    switch maker() {
    case .thisWork: return
    case .program where overwrites: return
    case .program:
      throw FileError(
        path: path,
        reason: "exists already, from other work; choose another name, or give --overwrite")
    case .somebodyElse:
      throw FileError(
        path: path,
        reason: "exists already, and is nothing that this program has made; choose another name")
    }
  }
}

extension OutputPolicy {
  /// Makes sure that tensors may be written to a file.
  ///
  /// - Parameter maker: the name of the work, which such files hold.
  package func admit(tensors path: String, madeBy maker: String) throws(FileError) {
    try admit(.file, at: path) {
      guard let found = try? SafetensorsFile(contentsOf: path).metadata[SafetensorsWriter.maker]
      else { return .somebodyElse }
      return found == maker ? .thisWork : .program
    }
  }
}
