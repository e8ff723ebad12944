package import LatentLensComponents
internal import LatentLensTensors

extension ForwardPass {
  /// Runs the pass no deeper than the deepest of some stages, and keeps rows of each.
  ///
  /// - Parameters:
  ///   - stages: `connector`, `hidden(i)` and `norm`, ascending; others have states of another width.
  ///   - rows: the rows of the sequence to keep; where the connector's output is kept, rows of visual tokens
  ///     alone, since text has none.
  ///   - attention: keeps how tokens attend, too; nil where nobody asks.
  package func record(
    _ stages: [Stage], rows: [Int], attention: AttentionRecorder? = nil
  ) -> StateBatch {
    let recorder = StateRecorder(stages, rows: rows, of: layout, width: decoder.hiddenSize)
    run(observer: recorder.observer, attention: attention?.observer ?? .none)
    return recorder.batch()
  }
}

/// Copies the rows that somebody wants while a pass runs, all stages into one matrix.
private final class StateRecorder {
  private let stages: [Stage]
  private let rows: [Int]
  private let visualPositions: [Int]
  private var states: Matrix

  init(_ stages: [Stage], rows: [Int], of layout: PromptLayout, width: Int) {
    self.stages = stages
    self.rows = rows
    visualPositions = layout.visualPositions
    states = Matrix(rows: stages.count * rows.count, columns: width)
  }

  var observer: StageObserver {
    StageObserver(wants: stages.contains) { stage, state in
      guard let number = self.stages.firstIndex(of: stage) else { return }
      let range = number * self.rows.count..<(number + 1) * self.rows.count
      self.states.replaceRows(at: Array(range), with: state.gather(self.rows(of: stage)))
    }
  }

  /// Where the wanted rows stand among those of a stage.
  private func rows(of stage: Stage) -> [Int] {
    guard stage == .connector else { return rows }
    let places = Dictionary(
      uniqueKeysWithValues: visualPositions.enumerated().map { ($1, $0) })
    let visual = rows.compactMap { places[$0] }
    precondition(visual.count == rows.count, "a connector has states of visual tokens alone")
    return visual
  }

  /// Hands over what was recorded; nothing is left here.
  func batch() -> StateBatch {
    var taken = Matrix(rows: 0, columns: 0)
    swap(&taken, &states)
    return StateBatch(stages: stages, tokenCount: rows.count, states: taken)
  }
}
