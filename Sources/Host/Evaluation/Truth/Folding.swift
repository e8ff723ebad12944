/// What makes two words the same: lower case, and the commonest endings of English folded away.
///
/// A word has several forms, since an ending can be cut in more than one way (`boxes`: `boxe`, `box`); two
/// words are the same where they share one.
enum Folding {
  /// What `evaluation.json` calls this rule; another rule needs another name.
  static let name = "english-endings"

  /// The forms of a word.
  static func forms(of word: String) -> Set<String> {
    let plain = withoutPossessive(trimmed(word.lowercased()))
    var forms: Set = [plain]
    if plain.hasSuffix("ies"), plain.count > 4 { forms.insert(plain.dropLast(3) + "y") }
    guard !plain.hasSuffix("ss") else { return forms }
    for ending in ["s", "es", "ed", "ing"]
    where plain.hasSuffix(ending) && plain.count > ending.count + 2 {
      forms.insert(String(plain.dropLast(ending.count)))
    }
    return forms
  }

  private static let punctuation: Set<Character> = Set(" .,;:!?\"()[]")

  private static func trimmed(_ word: String) -> Substring {
    let start = word.drop { punctuation.contains($0) }
    guard let end = start.lastIndex(where: { !punctuation.contains($0) }) else { return "" }
    return start[...end]
  }

  private static func withoutPossessive(_ word: Substring) -> String {
    for ending in ["'s", "’s", "'", "’"] where word.hasSuffix(ending) {
      return String(word.dropLast(ending.count))
    }
    return String(word)
  }
}
