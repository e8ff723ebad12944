internal import LatentLensComponents
internal import LatentLensTensors

extension StageObserver {
  /// Looks at what either of two observers looks at, and shows each what it wants.
  func joined(with other: StageObserver) -> StageObserver {
    StageObserver(
      wants: { wants($0) || other.wants($0) },
      look: { stage, state in
        self(stage, state)
        other(stage, state)
      })
  }

  /// The last of some numbered stages that is looked at; nil if none is.
  ///
  /// - Parameter count: the number of blocks: stages are numbered 0 to `count`.
  func deepest(of stage: (Int) -> Stage, blockCount count: Int) -> Int? {
    (0...count).last { wants(stage($0)) }
  }
}

/// Keeps the states of several images, one after the other, until all of them are there to be shown at
/// once.
final class StageGathering {
  private var states: [Stage: (columns: Int, values: [Float])] = [:]

  /// Sees the same stages as another observer, and keeps what it sees.
  func observer(for other: StageObserver) -> StageObserver {
    StageObserver(wants: other.wants) { stage, state in
      let columns = state.columns
      self.states[stage, default: (columns, [])].values += state.values()
    }
  }

  /// Shows what was kept, in the order of the stages.
  func show(to observer: StageObserver) {
    for (stage, state) in states.sorted(by: { $0.key < $1.key }) {
      observer(
        stage,
        Matrix(
          rows: state.values.count / max(state.columns, 1), columns: state.columns,
          values: state.values))
    }
  }
}
