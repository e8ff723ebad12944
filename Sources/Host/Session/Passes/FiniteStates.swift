package import LatentLensComponents
package import LatentLensFormats
internal import LatentLensTensors

/// Numbers that are none, found where they arise.
enum Finiteness {
  /// No number of a state is as large: the squares of 2¹⁶ of them would be more than 32 bits hold, and with them the
  /// state's length.
  private static let bound: Float = 0x1p56

  /// Makes sure that every number of a state is finite, and its length as well.
  ///
  /// - Parameters:
  ///   - values: row by row.
  ///   - rows: the token of each row; nil where row and token are the same.
  ///   - source: the model.
  /// - Throws: `HostError` that names the stage and the first token with a NaN, an infinity, or what is no better.
  static func check(
    _ values: some Collection<Float>, of stage: Stage, columns: Int, rows: [Int]? = nil,
    in source: String
  ) throws(HostError) {
    var index = 0
    for value in values {
      guard value.magnitude < bound else {
        let row = index / max(columns, 1)
        let found =
          value.isNaN ? "a NaN" : value.isInfinite ? "an infinity" : "a number too large to square"
        throw HostError(
          "\(source): \(stage.tensorName) has \(found) at token \(rows?[row] ?? row)")
      }
      index += 1
    }
  }
}

extension StateBatch {
  /// Makes sure that every number is finite: others stand for nothing and would hide among scores.
  ///
  /// - Parameters:
  ///   - rows: the rows of the sequence that were recorded.
  ///   - source: the model.
  /// - Throws: `HostError` that names the first stage and token with a NaN or an infinity.
  package borrowing func requireFinite(rows: [Int], in source: String) throws(HostError) {
    for stage in stages {
      guard let range = range(of: stage) else { continue }
      try Finiteness.check(
        states.rows(range).values(), of: stage, columns: states.columns, rows: rows,
        in: source)
    }
  }
}
