/// What is wrong with a JSON file, and where in it.
package struct JSONError: Error, Equatable, CustomStringConvertible {
  package enum Problem: Sendable, Equatable {
    case unreadable(String)
    case syntax(String, offset: Int)
    case missing
    case mismatch(expected: String, found: String)
    case unknown(suggestion: String?)
    case invalid(String)
  }

  package let file: String
  package let path: String
  package let problem: Problem

  package init(file: String, path: String = "", problem: Problem) {
    self.file = file
    self.path = path
    self.problem = problem
  }

  package var description: String { "\(file): \(withoutFile)" }

  /// The complaint without the file's name, for errors that have named it already.
  var withoutFile: String { path.isEmpty ? sentence : "\(path): \(sentence)" }

  private var sentence: String {
    switch problem {
    case .unreadable(let reason): "cannot be read: \(reason)"
    case .syntax(let reason, let offset): "not valid JSON at byte \(offset): \(reason)"
    case .missing: "is required but not there"
    case .mismatch(let expected, let found): "expected \(expected), found \(found)"
    case .unknown(let suggestion?): "unknown key; did you mean `\(suggestion)`?"
    case .unknown(nil): "unknown key"
    case .invalid(let sentence): sentence
    }
  }
}
