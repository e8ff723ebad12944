public import LatentLensTensors

/// Hidden states of the same tokens at several stages: all in one matrix, stage under stage, so that
/// whoever compares them with something large reads that once for all.
public struct StateBatch: ~Copyable {
  /// The stages, ascending.
  public let stages: [Stage]
  /// The number of tokens, of which every stage has a row.
  public let tokenCount: Int
  /// `[stages.count * tokenCount, hiddenSize]`
  public let states: Matrix

  public init(stages: [Stage], tokenCount: Int, states: consuming Matrix) {
    precondition(
      states.rows == stages.count * tokenCount, "\(states.rows) rows for \(stages.count) stages")
    self.stages = stages
    self.tokenCount = tokenCount
    self.states = states
  }

  /// The rows of a stage; nil where it is not among these.
  public func range(of stage: Stage) -> Range<Int>? {
    stages.firstIndex(of: stage).map { $0 * tokenCount..<($0 + 1) * tokenCount }
  }
}
