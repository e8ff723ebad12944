extension Tokenizer {
  /// The token ids of a text.
  ///
  /// - Parameter addingSpecialTokens: whether the tokens that models expect around a text are put
  ///   there, such as the beginning-of-sequence token. Special tokens within the text count anyway.
  package func encode(_ text: String, addingSpecialTokens: Bool = true) -> [Int] {
    encodeWithOffsets(text, addingSpecialTokens: addingSpecialTokens).map(\.id)
  }

  /// The token ids of a text, each with the bytes of the text's UTF-8 that it stands for.
  ///
  /// Ranges rise from left to right. Where the normalizer has made something else of some characters,
  /// the range covers all of them; it is empty for tokens that were put in.
  package func encodeWithOffsets(
    _ text: String, addingSpecialTokens: Bool = true
  ) -> [(id: Int, range: Range<Int>)] {
    let original = Array(text.utf8)
    var tokens: [(id: Int, range: Range<Int>)] = []
    tokens.reserveCapacity(original.count / 3)
    var workspace = BPE.Workspace()
    for part in added.splitOriginal(original) {
      if let id = part.id {
        tokens.append((id, part.range))
      } else {
        encode(AlignedText(original, range: part.range), &workspace, into: &tokens)
      }
    }
    guard let postProcessor else { return tokens }
    return postProcessor.process(tokens, addingSpecialTokens: addingSpecialTokens) {
      id, isBehindText in
      let position = isBehindText ? original.count : 0
      return (id, position..<position)
    }
  }

  /// Encodes what lies between added tokens.
  private func encode(
    _ part: consuming AlignedText, _ workspace: inout BPE.Workspace,
    into tokens: inout [(id: Int, range: Range<Int>)]
  ) {
    var text = part
    normalizer?.normalize(&text)
    for part in added.splitNormalized(text.bytes) {
      if let id = part.id {
        tokens.append((id, text.origin(of: part.range)))
        continue
      }
      var split = SplitText(text, pieces: [part.range])
      preTokenizer?.split(&split)
      for piece in split.pieces {
        for token in model.encode(split.text.bytes.span.extracting(piece), in: &workspace) {
          let start = piece.lowerBound + token.range.lowerBound
          let range = split.text.origin(of: start..<start + token.range.count)
          tokens.append((Int(token.id), range))
        }
      }
    }
  }
}
