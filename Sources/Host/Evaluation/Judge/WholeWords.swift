internal import LatentLensFormats

/// The whole word of each entry of a model, so that all lenses are judged by words.
///
/// A row of an index has one: that around its token, at its place in its sentence. A token of the vocabulary that
/// is a piece of a word has none of its own: it is told as the word in which the run has met that token most
/// often, and as it is where it has met none.
struct WholeWords: Sendable {
  /// One per entry; empty for white space.
  let words: [String]

  /// - Parameter node: the entries of a model in its results.
  init(_ node: JSONNode, _ entries: ReadEntries) throws(JSONError) {
    var tokens: [Int] = []
    for element in try node.required("token_id").elements() { tokens.append(try element.integer()) }
    guard tokens.count == entries.words.count else {
      throw try node.required("token_id").error(
        "has \(tokens.count) elements for \(entries.words.count) words")
    }
    var met: [Int: [String: Int]] = [:]
    for (token, word) in zip(tokens, entries.words).enumerated().compactMap({ number, pair in
      entries.occurrences[number] == nil ? nil : pair
    }) where !word.isEmpty {
      met[token, default: [:]][word, default: 0] += 1
    }
    words = entries.words.enumerated().map { number, word in
      guard entries.occurrences[number] == nil, !word.isEmpty, let known = met[tokens[number]],
        !known.keys.contains(where: { $0.lowercased() == word.lowercased() })
      else { return word }
      return known.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? word
    }
  }
}
