/// A row and how well it matched.
public struct Scored: Sendable, Equatable {
  public let row: Int
  public let score: Float

  public init(row: Int, score: Float) {
    self.row = row
    self.score = score
  }

  /// The order of results: higher scores first, then lower rows.
  static func precedes(_ left: Scored, _ right: Scored) -> Bool {
    left.score != right.score ? left.score > right.score : left.row < right.row
  }
}

/// How a query and a row are compared.
public enum Measure: Sendable, Equatable {
  /// Their dot product.
  case dot
  /// Their dot product over both norms, each at least 1e-12: a row of zeros scores 0.
  case cosine
  /// The cosine of the query with what is left of a row, made unit, when this is taken from it. What is
  /// common to queries, and that it was taken from them, is the caller's.
  case cosineWithout(CommonPart)
}
