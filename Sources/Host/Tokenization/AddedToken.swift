/// A token beside the model's vocabulary, found in a text as it stands rather than put together.
package struct AddedToken: Sendable, Equatable {
  package let id: Int
  package let content: String
  /// Whether decoding may leave it out.
  package let isSpecial: Bool
  /// Whether it counts only where no letter, digit, mark or connector stands beside it.
  package let isSingleWord: Bool
  /// Whether it takes the white space on its left.
  package let stripsLeft: Bool
  /// Whether it takes the white space on its right.
  package let stripsRight: Bool
  /// Whether it is looked for in the normalized text, normalized itself.
  package let isNormalized: Bool
}
