internal import Components
internal import Tokenization

/// A prompt as the decoder sees it: token ids, with a placeholder at each visual token's position.
public struct PromptLayout: Sendable, Equatable {
  /// What stands for the image in a prompt.
  public static let marker = "<image>"

  public let ids: [Int]
  /// The rows of `ids` that visual tokens take, ascending.
  public let visualPositions: [Int]

  /// Lays out a prompt around an image.
  ///
  /// The text on each side of the marker is tokenised by itself, as the reference processors do: the
  /// marker is a token of its own. Special tokens of the tokenizer's template (BOS) come once.
  init(
    prompt: String, visualTokenCount: Int, placeholder: Int, tokenizer: Tokenizer
  ) throws(HostError) {
    var sides: [Substring] = []
    var rest = prompt[...]
    while let range = rest.firstRange(of: Self.marker) {
      sides.append(rest[..<range.lowerBound])
      rest = rest[range.upperBound...]
    }
    sides.append(rest)
    guard sides.count == 2 else {
      throw HostError(
        "the prompt `\(prompt)` has \(sides.count - 1) `\(Self.marker)` markers; it needs one, "
          + "where the visual tokens go")
    }
    let before = tokenizer.encode(String(sides[0]), addingSpecialTokens: true)
    let after = tokenizer.encode(String(sides[1]), addingSpecialTokens: false)
    ids = before + Array(repeating: placeholder, count: visualTokenCount) + after
    visualPositions = Array(before.count..<before.count + visualTokenCount)
  }

  /// A layout whose ids are given; visual tokens stand wherever the placeholder does.
  init(ids: [Int], placeholder: Int?) {
    self.ids = ids
    visualPositions = ids.indices.filter { ids[$0] == placeholder }
  }
}

extension Substring {
  /// The first place where a text occurs.
  fileprivate func firstRange(of text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }
}
