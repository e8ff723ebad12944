/// Work that cannot be done with what was given: one sentence that names the file and what to do.
package struct HostError: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}
