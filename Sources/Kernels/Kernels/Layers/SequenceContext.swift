/// What a block knows of the rows that it is given: the sequences that they are, and the keys and values
/// of the tokens that went before.
public struct SequenceContext {
  public let segments: Segments
  /// Keys and values of the block, for continuing a single sequence; nil where nothing is continued.
  public let cache: KeyValueCache.Layer?

  public init(_ segments: Segments, cache: KeyValueCache.Layer? = nil) {
    self.segments = segments
    self.cache = cache
  }
}
