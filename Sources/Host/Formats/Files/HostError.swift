/// Work that cannot be done with what was given: one sentence that names the file and what to do.
public struct HostError: Error, Equatable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) {
    self.description = description
  }
}
