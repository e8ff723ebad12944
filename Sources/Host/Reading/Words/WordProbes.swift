internal import LatentLensComponents
internal import LatentLensIndexing
internal import LatentLensKernels
internal import LatentLensLenses
internal import LatentLensModels
internal import LatentLensTensors
package import LatentLensTokenization

/// Vectors that stand for some words: for each word the mean of its rows in an index, at each contextual layer,
/// and the mean of its input embeddings; all of them unit.
struct WordProbes: Sendable {
  /// What a vector was made of.
  struct Source: Sendable {
    /// Of the words.
    let word: Int
    /// Nil for input embeddings.
    let contextualLayer: Int?
    /// How many rows, or tokens, it is the mean of.
    let count: Int
  }

  let sources: [Source]
  private let probes: Linear?

  /// - Parameter index: nil where there is none.
  init(
    of words: [SoughtWord], _ text: TextHalf, index: ContextualIndex?, compute: Compute
  ) throws {
    var sources: [Source] = []
    var vectors: [[Float]] = []
    func add(_ mean: (vector: [Float], count: Int)?, _ word: Int, _ layer: Int?) {
      guard let mean else { return }
      sources.append(Source(word: word, contextualLayer: layer, count: mean.count))
      vectors.append(mean.vector)
    }
    let tokenizer = try text.tokenizer.get()
    let rows = index.map { Self.rows(of: words, in: $0.entries, tokenizer) }
    let tokens = Self.tokens(of: words, tokenizer, count: text.decoder.embedding.count)
    for word in words.indices {
      if let index, let rows {
        for layer in index.layers {
          add(
            index.embeddings(ofLayer: layer).flatMap { Self.mean(of: rows[word], $0) }, word, layer)
        }
      }
      add(Self.mean(of: tokens[word], text.decoder.embedding.weight), word, nil)
    }
    self.sources = sources
    probes =
      vectors.isEmpty
      ? nil
      : Linear(
        Weight(
          name: "words", floats: vectors.flatMap(\.self),
          shape: [vectors.count, vectors[0].count]), compute: compute)
  }

  /// The cosines of states `[n, hiddenSize]` with each vector: row by row.
  func cosines(with states: borrowing Matrix) -> [[Float]] {
    guard let probes else { return Array(repeating: [], count: states.rows) }
    let products = probes(states.copy())
    let norms = states.rowNorms()
    return norms.enumerated().map { row, norm in
      products.row(row).map { norm > 0 ? $0 / norm : 0 }
    }
  }

  /// For each word the rows of an index that are of it.
  private static func rows(
    of words: [SoughtWord], in entries: IndexEntries, _ tokenizer: Tokenizer
  ) -> [[Int]] {
    var found = [[Int]](repeating: [], count: words.count)
    var sentence: (number: Int, tokens: TokenizedText, words: WordSpans)?
    // Which sentences hold any of the words; the others need no tokens.
    let holding = entries.sentences.map { text in
      let spans = WordSpans(text)
      return words.contains { word in spans.words.contains { word.isMeant(spans, $0) } }
    }
    for row in 0..<entries.count where holding[entries.sentenceIDs[row]] {
      let number = entries.sentenceIDs[row]
      if sentence?.number != number {
        let text = entries.sentences[number]
        sentence = (number, TokenizedText(text, tokenizer: tokenizer), WordSpans(text))
      }
      guard let sentence,
        let span = sentence.tokens.word(aroundToken: entries.positions[row])?.span
      else { continue }
      for (place, word) in words.enumerated() where word.isMeant(sentence.words, span) {
        found[place].append(row)
      }
    }
    return found
  }

  /// For each word the tokens that are it by themselves; where there are none, those that it is made of.
  private static func tokens(
    of words: [SoughtWord], _ tokenizer: Tokenizer, count: Int
  ) -> [[Int]] {
    var found = [[Int]](repeating: [], count: words.count)
    for token in 0..<count {
      let text = tokenizer.decode([token]).trimmed
      guard !text.isEmpty else { continue }
      for (place, word) in words.enumerated() where word.isToken(text) {
        found[place].append(token)
      }
    }
    return zip(words, found).map { word, tokens in
      tokens.isEmpty
        ? tokenizer.encode(" " + word.text, addingSpecialTokens: false).filter { $0 < count }
        : tokens
    }
  }

  /// The mean of some rows, each made unit, made unit itself; nil for none.
  private static func mean(of rows: [Int], _ table: Weight) -> (vector: [Float], count: Int)? {
    guard !rows.isEmpty else { return nil }
    var sum = [Double](repeating: 0, count: table.shape[1])
    for row in rows {
      let values = table.rows(row..<row + 1).floats()
      let norm = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      guard norm > 0 else { continue }
      for place in sum.indices { sum[place] += Double(values[place]) / norm }
    }
    let norm = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard norm > 0 else { return nil }
    return (sum.map { Float($0 / norm) }, rows.count)
  }
}

/// A word that is looked for, and what it is to be.
package struct SoughtWord: Sendable {
  package let text: String
  /// Whether a word of a sentence is it.
  let isMeant: @Sendable (_ sentence: WordSpans, _ place: Range<Int>) -> Bool
  /// Whether a token of the vocabulary is it by itself.
  let isToken: @Sendable (_ text: String) -> Bool

  package init(
    _ text: String, isMeant: @escaping @Sendable (WordSpans, Range<Int>) -> Bool,
    isToken: @escaping @Sendable (String) -> Bool
  ) {
    self.text = text
    self.isMeant = isMeant
    self.isToken = isToken
  }
}
