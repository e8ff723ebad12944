/// A check that has to hold, its figure, and the bound the figure has to keep.
package struct Check: Sendable, Equatable {
  package let name: String
  package let figure: Double
  package let bound: Double

  package var passed: Bool { figure <= bound }

  package init(name: String, figure: Double, bound: Double) {
    self.name = name
    self.figure = figure
    self.bound = bound
  }
}

/// The larger of two deviations; one that is no number is the largest of all.
func worse(_ left: Float, _ right: Float) -> Float {
  right.isNaN ? .infinity : max(left, right)
}
