public import LatentLensTensors

/// Attention of rows to each other: projections, optional norms of queries and keys, an optional rotary
/// embedding, scaled dot products, and the output projection.
public struct SelfAttention: Sendable {
  public let query, key, value, output: Linear
  /// Norms of queries and keys before they are rotated; nil for most.
  public let queryNorm, keyNorm: (any Norm)?
  /// Nil where positions are added to the embeddings instead.
  public let rotary: RotaryEmbedding?
  public let attention: Attention

  public init(
    query: Linear, key: Linear, value: Linear, output: Linear, queryNorm: (any Norm)? = nil,
    keyNorm: (any Norm)? = nil, rotary: RotaryEmbedding? = nil, attention: Attention
  ) {
    self.query = query
    self.key = key
    self.value = value
    self.output = output
    self.queryNorm = queryNorm
    self.keyNorm = keyNorm
    self.rotary = rotary
    self.attention = attention
  }

  /// Queries, keys and values of some rows, before any rotation.
  public struct Projections: ~Copyable {
    /// `[n, heads * headWidth]`
    public var query: Matrix
    /// `[n, keyValueHeads * headWidth]` each
    public var key, value: Matrix
  }

  /// Maps rows `[n, width]` to what they ask for, can be found by, and give.
  public func project(_ h: borrowing Matrix) -> Projections {
    var q = Matrix(uninitializedRows: h.rows, columns: query.outputs)
    var k = Matrix(uninitializedRows: h.rows, columns: key.outputs)
    let v = Matrix(uninitializedRows: h.rows, columns: value.outputs)
    unsafe Linear.map(h, by: [query, key, value], to: [q.base, k.base, v.base])
    if let queryNorm { q = queryNorm(q) }
    if let keyNorm { k = keyNorm(k) }
    return Projections(query: q, key: k, value: v)
  }

  /// Rotates queries and keys, attends within each sequence, and maps the result back to `[n, width]`.
  public func attend(_ rows: consuming Projections, _ context: SequenceContext) -> Matrix {
    let segments = context.segments
    if let rotary {
      let turns = rotary.turns(of: segments)
      rotary.rotate(&rows.query, heads: attention.heads, by: turns)
      rotary.rotate(&rows.key, heads: attention.keyValueHeads, by: turns)
    }
    return output(
      attention(
        rows.query, rows.key, rows.value, segments: segments, cache: context.cache,
        look: context.look))
  }

  /// Maps rows `[n, width]` to what they gather from each other, `[n, width]`.
  public func callAsFunction(_ h: borrowing Matrix, _ context: SequenceContext) -> Matrix {
    attend(project(h), context)
  }
}
