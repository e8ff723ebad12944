public import LatentLensTensors

/// A tensor of a checkpoint that does not fit the model.
public enum WeightProblem: Sendable, Hashable, Comparable, CustomStringConvertible {
  case missing(name: String, expected: [Int])
  case misshapen(name: String, expected: [Int], found: [Int])
  /// Stored as whole numbers, which mean nothing without their quantisation.
  case mistyped(name: String, found: Encoding)
  case unread(name: String, shape: [Int])

  /// The tensor's name, with all prefixes.
  public var name: String {
    switch self {
    case .missing(let name, _), .misshapen(let name, _, _), .mistyped(let name, _),
      .unread(let name, _):
      name
    }
  }

  /// Whether the model cannot run like this; tensors that nobody reads do no harm.
  public var isFatal: Bool {
    if case .unread = self { return false }
    return true
  }

  public static func < (left: WeightProblem, right: WeightProblem) -> Bool {
    left.name < right.name
  }

  public var description: String {
    switch self {
    case .missing(let name, let expected): "`\(name)` \(expected) is missing"
    case .misshapen(let name, let expected, let found):
      "`\(name)` has the shape \(found), expected \(expected)"
    case .mistyped(let name, let found):
      "`\(name)` is stored as \(found), expected floating point"
    case .unread(let name, let shape): "`\(name)` \(shape) is read by no layer"
    }
  }
}

/// A checkpoint whose tensors are not those that its configuration calls for.
public struct WeightError: Error, Equatable, CustomStringConvertible {
  /// The file or folder.
  public let source: String
  /// In the order of names.
  public let problems: [WeightProblem]

  public init(source: String, problems: [WeightProblem]) {
    self.source = source
    self.problems = problems
  }

  /// One line: the first few problems, and how to see them all.
  public var description: String {
    let count = problems.count == 1 ? "1 tensor does" : "\(problems.count) tensors do"
    let shown = problems.prefix(3).map(\.description).joined(separator: "; ")
    let rest = problems.count > 3 ? "; `latentlens check` lists all" : ""
    return "\(source): \(count) not fit the configuration: \(shown)\(rest)"
  }
}
