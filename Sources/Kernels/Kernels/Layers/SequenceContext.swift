public import LatentLensTensors

/// What a block knows of the rows that it is given: the sequences that they are, the keys and values of the
/// tokens that went before, and whether somebody looks at how they attend.
public struct SequenceContext {
  public let segments: Segments
  /// Keys and values of the block, for continuing a single sequence; nil where nothing is continued.
  public let cache: KeyValueCache.Layer?
  /// Is lent the block's attention weights, the mean over heads, as `Attention` lends them; nil where nobody
  /// looks.
  public let look: ((borrowing Matrix) -> Void)?

  public init(
    _ segments: Segments, cache: KeyValueCache.Layer? = nil,
    look: ((borrowing Matrix) -> Void)? = nil
  ) {
    self.segments = segments
    self.cache = cache
    self.look = look
  }
}
