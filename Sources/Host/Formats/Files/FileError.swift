/// A file or folder that cannot be used as asked, and what to do about it.
package struct FileError: Error, Equatable, CustomStringConvertible {
  package let path: String
  /// What is wrong and, where it helps, what to do: the rest of a sentence that begins with the path.
  package let reason: String

  package init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  package var description: String { "\(path): \(reason)" }
}
