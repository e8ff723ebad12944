/// What is wrong with a JSON file, and where in it.
public struct JSONError: Error, Equatable, CustomStringConvertible {
  public enum Problem: Sendable, Equatable {
    case unreadable(String)
    case syntax(String, offset: Int)
    case missing
    case mismatch(expected: String, found: String)
    case unknown(suggestion: String?)
    case invalid(String)
  }

  public let file: String
  public let path: String
  public let problem: Problem

  public init(file: String, path: String = "", problem: Problem) {
    self.file = file
    self.path = path
    self.problem = problem
  }

  public var description: String { "\(file): \(withoutFile)" }

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
