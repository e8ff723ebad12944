extension Tokenizer {
  /// The text of some tokens; bytes that are not UTF-8, as of half a character, become U+FFFD.
  ///
  /// Ids that the vocabulary does not have are left out.
  package func decode(_ ids: [Int], skippingSpecialTokens: Bool = false) -> String {
    let ids = skippingSpecialTokens ? ids.filter { !specialTokenIDs.contains($0) } : ids
    return String(decoding: decode(ids, .replacementCharacters), as: UTF8.self)
  }

  /// The bytes of some tokens, which need not be UTF-8: a token may be a part of a character.
  package func decodeBytes(_ ids: [Int]) -> [UInt8] {
    decode(ids, .none)
  }

  private func decode(_ ids: [Int], _ repair: Decoder.Repair) -> [UInt8] {
    let pieces = ids.compactMap { id in
      added.decodedForm(id) ?? model.vocabulary.piece(id).map(Array.init)
        ?? texts[id].map { Array($0.utf8) }
    }
    guard let decoder else { return Array(pieces.joined(separator: [UInt8(ascii: " ")])) }
    return Array(decoder.decode(pieces, repair).joined())
  }
}
