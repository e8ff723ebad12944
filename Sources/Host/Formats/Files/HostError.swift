/// Work that cannot be done with what was given: one sentence that names the file and what to do.
package struct HostError: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}

extension HostError {
  /// Does something that knows no file, for one that its errors are to name.
  package static func naming<Value>(
    _ file: String, _ body: () throws(HostError) -> Value
  ) throws(HostError) -> Value {
    do {
      return try body()
    } catch {
      throw HostError("\(file): \(error.description)")
    }
  }
}
