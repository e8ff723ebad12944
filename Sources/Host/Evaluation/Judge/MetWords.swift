internal import LatentLensFormats
internal import LatentLensReading

/// The words that a run has met, by their tokens, so that all lenses are judged by whole words.
///
/// A row of an index has one: that around its token, at its place in its sentence. A token of the vocabulary that
/// is a piece of a word has none of its own: it is told as the word in which the run has met that token most
/// often, and as it is where it has met none.
struct MetWords: Sendable {
  /// Per token how many rows have it in a word.
  private var met: [Int: [String: Int]] = [:]
  /// The rows that were counted: parts tell the same ones again.
  private var rows: Set<Row> = []

  /// The number of each sentence, by which parts agree.
  private var sentences: [String: Int] = [:]

  private struct Row: Hashable {
    let layer: Int?
    let sentence: Int
    let position: Int
  }

  /// Counts the rows of a table.
  mutating func add(_ entries: ReadEntries) throws {
    let tokens = try Self.tokens(of: entries)
    guard entries.occurrences.contains(where: { $0 != nil }) else { return }
    let places =
      entries.table.sentences == nil
      ? nil : try entries.sentences().map { number(of: $0) }
    for (number, occurrence) in entries.occurrences.enumerated() {
      guard let occurrence, !entries.words[number].isEmpty,
        places?.indices.contains(occurrence.sentence) ?? true
      else { continue }
      let row = Row(
        layer: entries.contextualLayers[number],
        sentence: places?[occurrence.sentence] ?? occurrence.sentence,
        position: occurrence.position)
      guard rows.insert(row).inserted else { continue }
      met[tokens[number], default: [:]][entries.words[number], default: 0] += 1
    }
  }

  private mutating func number(of sentence: String) -> Int {
    let number = sentences[sentence] ?? sentences.count
    sentences[sentence] = number
    return number
  }

  /// The whole word of each entry of a table; empty for white space.
  func whole(_ entries: ReadEntries) throws -> [String] {
    let tokens = try Self.tokens(of: entries)
    return entries.words.enumerated().map { number, word in
      guard entries.occurrences[number] == nil, !word.isEmpty, let known = met[tokens[number]],
        !known.keys.contains(where: { $0.lowercased() == word.lowercased() })
      else { return word }
      return known.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? word
    }
  }

  private static func tokens(of entries: ReadEntries) throws(JSONError) -> [Int] {
    let node = try entries.table.entries.required("token_id")
    var tokens: [Int] = []
    for element in try node.elements() { tokens.append(try element.integer()) }
    guard tokens.count == entries.words.count else {
      throw node.error("has \(tokens.count) elements for \(entries.words.count) words")
    }
    return tokens
  }
}
