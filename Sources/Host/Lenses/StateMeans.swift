package import LatentLensComponents
internal import LatentLensKernels
package import LatentLensTensors

/// The mean direction of states at each stage: what tokens have in common, whatever they mean.
///
/// Hidden states crowd around one direction (Ethayarajh, arXiv 1909.00512), so that any two have a large
/// cosine. Lenses that are centred take it away first.
package struct StateMeans: Sendable {
  private var sums: [Stage: [Float]] = [:]
  /// How many tokens were added.
  package private(set) var count = 0

  package init() {}

  /// Means that are known.
  package init(_ means: [Stage: [Float]]) {
    sums = means
    count = 1
  }

  /// Adds the states of some tokens, each made unit.
  package mutating func add(_ batch: borrowing StateBatch) {
    guard batch.tokenCount > 0 else { return }
    let groups = Array(repeating: batch.tokenCount, count: batch.stages.count)
    let means = batch.states.normalizedRows().means(ofGroups: groups)
    for (number, stage) in batch.stages.enumerated() {
      var sum = means.rows(number..<number + 1)
      sum.scale(by: Float(batch.tokenCount))
      if let before = sums[stage] { sum.add(row: before) }
      sums[stage] = sum.row(0)
    }
    count += batch.tokenCount
  }

  /// The mean of unit states at a stage; nil where none were added.
  package subscript(stage: Stage) -> [Float]? {
    sums[stage].map { $0.map { $0 / Float(count) } }
  }

  /// States made unit, without their stage's mean. A stage that has no mean keeps its states.
  package func centered(_ batch: borrowing StateBatch) -> Matrix {
    var states = batch.states.normalizedRows()
    for stage in batch.stages {
      guard let rows = batch.range(of: stage), let mean = self[stage] else { continue }
      states.add(row: mean.map { -$0 }, at: Array(rows))
    }
    return states
  }
}

extension StateMeans? {
  /// Lends what is compared with rows: states as they are or, where there are means, without them.
  func lendQueries<Result>(
    _ batch: borrowing StateBatch, _ body: (borrowing Matrix) -> Result
  ) -> Result {
    guard let self else { return body(batch.states) }
    return body(self.centered(batch))
  }
}
