internal import LatentLensFormats

extension AddedTokens {
  /// Reads `added_tokens`, which may be absent.
  ///
  /// Ids are given as the tokenizers library gives them: that of the vocabulary's piece with the same
  /// content, else the next one behind the vocabulary.
  init(_ node: JSONNode?, vocabulary: Vocabulary, normalizer: Normalizer?) throws {
    var tokens: [AddedToken] = []
    var known = ByteStringTable()
    var knownIDs: [Int] = []
    var nextID = vocabulary.count
    for element in try node?.elements() ?? [] {
      let content = try element.required("content").string()
      guard !content.isEmpty else { continue }
      let (number, isNew) = known.insert(content.utf8.span)
      if isNew {
        let pieceID = vocabulary.id(of: content.utf8.span).map(Int.init)
        knownIDs.append(pieceID ?? nextID)
        if pieceID == nil { nextID += 1 }
      }
      tokens.append(
        AddedToken(
          id: knownIDs[number], content: content,
          isSpecial: try element.flag("special", default: false),
          isSingleWord: try element.flag("single_word", default: false),
          stripsLeft: try element.flag("lstrip", default: false),
          stripsRight: try element.flag("rstrip", default: false),
          isNormalized: try element.flag("normalized", default: true)))
    }
    self.init(tokens, normalizer: normalizer)
  }
}
