public import LatentLensKernels
public import LatentLensTensors

/// What a pass through a decoder's blocks is given beside what enters the first.
public struct DecoderPass {
  /// Where each sequence begins, and the positions of its tokens.
  public let segments: Segments
  /// The last block to run, 0 to the number of blocks.
  public let depth: Int
  /// Keys and values of earlier tokens of a single sequence, extended by the pass.
  public let cache: KeyValueCache?
  /// What is added to the stream between blocks.
  public let additions: StreamAdditions
  public let observer: StageObserver
  public let attention: AttentionObserver

  public init(
    _ segments: Segments, through depth: Int, cache: KeyValueCache? = nil,
    adding additions: StreamAdditions = .none, observer: StageObserver = .none,
    attention: AttentionObserver = .none
  ) {
    self.segments = segments
    self.depth = depth
    self.cache = cache
    self.additions = additions
    self.observer = observer
    self.attention = attention
  }

  /// Sends the stream through the blocks, makes the additions, and shows each state.
  ///
  /// - Parameter block: changes the stream as the block with this index, from 0, does.
  /// - Returns: the residual stream after block `depth`.
  public func run(
    _ input: consuming Matrix,
    block: (_ index: Int, _ stream: inout Matrix, _ context: SequenceContext) -> Void
  ) -> Matrix {
    var stream = input
    observer(.hidden(0), stream)
    for index in 0..<depth {
      block(
        index, &stream,
        SequenceContext(
          segments, cache: cache?.layer(index), look: attention.look(ofLayer: index + 1)))
      let layer = Stage.hidden(index + 1)
      if !additions.areShown { observer(layer, stream) }
      additions.add(afterBlock: index, to: &stream)
      if additions.areShown { observer(layer, stream) }
    }
    return stream
  }
}

/// Rows that are added to the residual stream after a decoder's first blocks (DeepStack, arXiv 2406.04334).
public struct StreamAdditions {
  private let positions: [Int]
  private let count: Int
  private let rows: (_ index: Int) -> Matrix
  /// Whether a block's state is shown with what is added after it, as transformers before 5 had it, or
  /// without, as since then.
  public let areShown: Bool

  /// - Parameters:
  ///   - positions: the rows of the stream that are added to.
  ///   - count: after how many of the first blocks.
  ///   - areShown: whether observers see the sum or what the block gave.
  ///   - rows: what is added after the block with this index, `[positions.count, hiddenSize]`.
  public init(
    at positions: [Int], afterFirst count: Int, areShown: Bool,
    rows: @escaping (_ index: Int) -> Matrix
  ) {
    self.positions = positions
    self.count = count
    self.areShown = areShown
    self.rows = rows
  }

  /// Nothing is added.
  public static var none: StreamAdditions {
    StreamAdditions(at: [], afterFirst: 0, areShown: false) { _ in Matrix(rows: 0, columns: 0) }
  }

  func add(afterBlock index: Int, to stream: inout Matrix) {
    if index < count { stream.addRows(at: positions, rows(index)) }
  }
}
