/// A token beside the model's vocabulary, found in a text as it stands rather than put together.
public struct AddedToken: Sendable, Equatable {
  public let id: Int
  public let content: String
  /// Whether decoding may leave it out.
  public let isSpecial: Bool
  /// Whether it counts only where no letter, digit, mark or connector stands beside it.
  public let isSingleWord: Bool
  /// Whether it takes the white space on its left.
  public let stripsLeft: Bool
  /// Whether it takes the white space on its right.
  public let stripsRight: Bool
  /// Whether it is looked for in the normalized text, normalized itself.
  public let isNormalized: Bool
}
