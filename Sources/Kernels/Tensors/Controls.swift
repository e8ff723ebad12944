internal import Glibc

extension Weight {
  /// The same elements in an order that depends on nothing but the tensor's name: all that was learnt is
  /// gone, and the sizes of what goes in and comes out stay.
  public func shuffled() -> Weight {
    guard !isStandIn else { return self }
    var elements = floats()
    var random = SeededRandom(name)
    // Fisher and Yates.
    for last in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(last, random.next(below: last + 1))
    }
    return Weight(name: name, floats: elements, shape: shape)
  }
}

extension Matrix {
  /// Rows of the same lengths in random directions. The directions follow from the matrix itself, so that
  /// those of two pictures differ, and those of one do not.
  public func noise() -> Matrix {
    var random = SeededRandom(seed: values().reduce(1) { $0 &* 31 &+ UInt64($1.bitPattern) })
    var noise = Matrix(rows: rows, columns: columns)
    for row in 0..<rows {
      // Box and Muller: normally distributed elements point everywhere alike.
      let drawn = (0..<columns).map { _ in
        Float((-2 * log(random.nextFraction())).squareRoot() * cos(2 * .pi * random.nextFraction()))
      }
      let length = drawn.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let wanted = self.row(row).reduce(0) { $0 + $1 * $1 }.squareRoot()
      for column in 0..<columns { noise[row, column] = drawn[column] * wanted / max(length, 1e-12) }
    }
    return noise
  }
}
