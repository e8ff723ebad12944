package import LatentLensComponents
package import LatentLensKernels
package import LatentLensTensors

/// What states have in common at each stage: what lenses that stand apart from it take away first.
package struct CommonStates: Sendable {
  private let parts: [Stage: CommonPart]

  package init(_ parts: [Stage: CommonPart]) { self.parts = parts }

  /// What states have in common at a stage; nil where none were measured.
  package subscript(stage: Stage) -> CommonPart? { parts[stage] }

  /// The same with no more than the first directions.
  package func keeping(_ directions: Int) -> CommonStates {
    CommonStates(parts.mapValues { $0.keeping(directions) })
  }

  /// States made unit, without what they have in common. A stage that was not measured keeps its states.
  package func removed(from batch: borrowing StateBatch) -> Matrix {
    var states = batch.states.normalizedRows()
    for stage in batch.stages {
      guard let rows = batch.range(of: stage), let part = self[stage] else { continue }
      states.remove(part, at: Array(rows))
    }
    return states
  }
}

/// Measures what states have in common, batch by batch.
package struct StateSample: Sendable {
  /// The most states of a stage that directions are measured on: the mean is of all.
  private static let capacity = 4096

  private let directions: Int
  private var sums: [Stage: [Float]] = [:]
  private var kept: [Stage: [Float]] = [:]
  /// How many tokens were added.
  private var count = 0
  /// Every so many tokens one is kept.
  private var step = 1

  /// - Parameter directions: how many principal directions are to be measured.
  package init(directions: Int) { self.directions = directions }

  /// Adds the states of some tokens, each made unit.
  package mutating func add(_ batch: borrowing StateBatch) {
    guard batch.tokenCount > 0 else { return }
    let groups = Array(repeating: batch.tokenCount, count: batch.stages.count)
    let unit = batch.states.normalizedRows()
    let means = unit.means(ofGroups: groups)
    let chosen = directions > 0 ? (0..<batch.tokenCount).filter { (count + $0) % step == 0 } : []
    for (number, stage) in batch.stages.enumerated() {
      var sum = means.rows(number..<number + 1)
      sum.scale(by: Float(batch.tokenCount))
      if let before = sums[stage] { sum.add(row: before) }
      sums[stage] = sum.row(0)
      let first = number * batch.tokenCount
      kept[stage, default: []] += unit.gather(chosen.map { first + $0 }).values()
    }
    count += batch.tokenCount
    while directions > 0, count > Self.capacity * step { thin(width: batch.states.columns) }
  }

  /// Leaves every second of the states that are kept.
  private mutating func thin(width: Int) {
    step *= 2
    kept = kept.mapValues { values in
      stride(from: 0, to: values.count, by: 2 * width).flatMap { values[$0..<$0 + width] }
    }
  }

  /// What the states that were added have in common.
  package var common: CommonStates {
    var parts: [Stage: CommonPart] = [:]
    for (stage, sum) in sums {
      let values = kept[stage] ?? []
      parts[stage] = CommonPart(
        mean: sum.map { $0 / Float(count) },
        ofUnitRows: Matrix(rows: values.count / sum.count, columns: sum.count, values: values),
        directions: directions)
    }
    return CommonStates(parts)
  }
}

extension CommonStates? {
  /// Lends what is compared with rows: states as they are or, where it is known, without what they have in
  /// common.
  func lendQueries<Result>(
    _ batch: borrowing StateBatch, _ body: (borrowing Matrix) -> Result
  ) -> Result {
    guard let self else { return body(batch.states) }
    return body(self.removed(from: batch))
  }
}
