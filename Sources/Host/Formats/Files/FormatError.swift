/// What is wrong with a file of some format.
package struct FormatError<Problem: FormatProblem>: Error, Equatable, CustomStringConvertible {
  package let path: String
  package let problem: Problem

  package init(path: String, problem: Problem) {
    self.path = path
    self.problem = problem
  }

  package var description: String { "\(path): \(problem.sentence)" }
}

/// The ways in which a file of some format can be wrong.
package protocol FormatProblem: Sendable, Equatable {
  /// What is wrong and, where it helps, what to do: the rest of a sentence that begins with the path.
  var sentence: String { get }
}
