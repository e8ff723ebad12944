package import LatentLensComponents
package import LatentLensFormats
internal import LatentLensTensors

/// Numbers that are none, or tell nothing, found where they arise.
///
/// The rule is what 32 bits hold of what comes next. A NaN or an infinity is no number. A state is squared by norms and
/// by cosines: from 2⁵⁶ on the squares of 2¹⁶ elements may be more than 32 bits hold, so that it has no length. (What is
/// squared between two stages, as queries and keys are in some models, becomes a NaN in the kernel that squares it, and
/// is found at the next stage.) Of logits the differences count: two of them that differ by one differ e-fold in
/// probability, and from 2²⁴ on such numbers are rounded to the same.
package enum Finiteness {
  /// No number of a stage is as large.
  private static func bound(of stage: Stage) -> Float { stage == .logits ? 0x1p24 : 0x1p56 }

  /// What is wrong with a number of a stage; nil for one that is sound.
  package static func complaint(about value: Float, of stage: Stage) -> String? {
    guard !(value.magnitude < bound(of: stage)) else { return nil }
    return value.isNaN
      ? "a NaN"
      : value.isInfinite
        ? "an infinity"
        : "a number too large to \(stage == .logits ? "tell from those beside it" : "square")"
  }

  /// Makes sure that every number of a state is finite, and what is made of it next as well.
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
    let bound = bound(of: stage)
    for value in values {
      guard value.magnitude < bound else {
        let row = index / max(columns, 1)
        throw HostError(
          "\(source): \(stage.tensorName) has \(complaint(about: value, of: stage) ?? "no number") at "
            + "token \(rows?[row] ?? row)")
      }
      index += 1
    }
  }
}

/// Looks at the stages that come by for the first number that is none.
final class FinitenessWatch {
  private let source: String
  /// What is wrong, as soon as something is.
  private(set) var failure: HostError?
  /// The token of the first row that comes by.
  var firstToken = 0

  /// - Parameter source: the model.
  init(of source: String) { self.source = source }

  /// - Parameter wants: tells which stages are looked at; nil looks at all.
  func observer(wants: ((Stage) -> Bool)? = nil) -> StageObserver {
    StageObserver(wants: wants) { stage, state in
      guard self.failure == nil else { return }
      do throws(HostError) {
        // A connector's rows are those of visual tokens alone.
        let first = stage == .connector ? 0 : self.firstToken
        try Finiteness.check(
          state.values(), of: stage, columns: state.columns,
          rows: first == 0 ? nil : Array(first..<first + state.rows), in: self.source)
      } catch {
        self.failure = error
      }
    }
  }

  /// - Throws: what was found.
  func require() throws(HostError) { if let failure { throw failure } }
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
