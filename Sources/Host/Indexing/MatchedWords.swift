internal import LatentLensLenses
internal import LatentLensTensors
internal import LatentLensTokenization

/// Which words of a corpus become rows by the rule `matched`: decided by characters alone, so that every
/// tokenizer keeps the same words of the same sentences, in whatever order the corpus has them.
///
/// - The first words of a sentence are skipped, as many as `firstPosition`.
/// - A word whose sentence up to it stands in another sentence too is kept once: in the first of these sentences
///   by their bytes.
/// - Of each word `maxContexts` are kept, those whose sentences up to them have the lowest hash.
/// - A sentence ends after `maxTokens` words.
struct MatchedWords: Sendable {
  /// For each sentence where its words that are kept end, in code points, ascending.
  let ends: [[Int]]

  /// An occurrence of a word.
  private struct Occurrence {
    let sentence: Int
    let end: Int
    /// Of the sentence up to the word's end.
    let hash: UInt64
  }

  init(_ sentences: [String], rules: IndexIdentity.BuildRules) {
    var prefixes = PrefixSet()
    var pieces: [[UInt8]: Int] = [:]
    var contexts: [[UInt8]: [Occurrence]] = [:]
    // Sorted by their bytes, so that the order of the corpus plays no part.
    let order = sentences.indices.sorted { left, right in
      let (a, b) = (sentences[left].utf8, sentences[right].utf8)
      return a.elementsEqual(b) ? left < right : a.lexicographicallyPrecedes(b)
    }
    for number in order {
      let spans = WordSpans(sentences[number])
      var prefix = PrefixSet.root
      var start = 0
      for (place, word) in spans.words.prefix(rules.maxTokens).enumerated() {
        let piece = Array(spans[start..<word.upperBound].utf8)
        start = word.upperBound
        let known = pieces[piece] ?? pieces.count
        pieces[piece] = known
        prefix = prefixes.child(of: prefix, token: known)
        guard place >= rules.firstPosition, !prefixes.isMarked(prefix) else { continue }
        prefixes.mark(prefix)
        var random = SeededRandom(spans[0..<word.upperBound])
        contexts[Array(spans[word].utf8), default: []].append(
          Occurrence(sentence: number, end: word.upperBound, hash: random.next()))
      }
    }
    var ends = [[Int]](repeating: [], count: sentences.count)
    for occurrences in contexts.values {
      // A sort that keeps the order of what is equal, which is that of the sentences' bytes.
      for kept in occurrences.enumerated().sorted(by: {
        ($0.element.hash, $0.offset) < ($1.element.hash, $1.offset)
      }).prefix(rules.maxContexts) {
        ends[kept.element.sentence].append(kept.element.end)
      }
    }
    self.ends = ends.map { $0.sorted() }
  }
}

extension TokenizedText {
  /// The positions of the tokens in which words end, each once.
  ///
  /// - Parameter ends: where words end, in code points, ascending.
  func positions(ofEnds ends: [Int]) -> [Int] {
    var positions: [Int] = []
    for end in ends {
      // The last of those that hold a part of the word's last character.
      let holder = spans.lastIndex { $0?.contains(end - 1) ?? false }
      if let holder, positions.last ?? -1 < holder { positions.append(holder) }
    }
    return positions
  }
}
