/// A file or folder that cannot be used as asked, and what to do about it.
public struct FileError: Error, Equatable, CustomStringConvertible {
  public let path: String
  /// What is wrong and, where it helps, what to do: the rest of a sentence that begins with the path.
  public let reason: String

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  public var description: String { "\(path): \(reason)" }
}
