package import LatentLensComponents
package import LatentLensFormats
package import LatentLensLenses
package import LatentLensModels
internal import LatentLensTensors
package import LatentLensTokenization

/// Which rows an index will have: decided by a corpus and a tokenizer, before anything of a model is run.
package struct IndexDraft: Sendable {
  package let corpus: Corpus
  package let options: IndexOptions
  /// The contextual layers, ascending.
  package let layers: [Int]
  let selection: RowSelection

  /// - Parameter source: what errors call the model.
  /// - Throws: `HostError` where a layer is not there, the corpus gives no rows, or the decoder has no embedding
  ///   for one of its tokens.
  package init(
    _ corpus: Corpus, for text: TextHalf, named source: String, options: IndexOptions
  ) throws(HostError) {
    let tokenizer = try text.tokenizer.get()
    try self.init(
      corpus, tokenizer: tokenizer, blockCount: text.decoder.blockCount, named: source,
      options: options)
    try requireTokens(of: text.decoder, named: source)
  }

  /// - Throws: `HostError` where a layer is not there, or the corpus gives no rows.
  package init(
    _ corpus: Corpus, tokenizer: Tokenizer, blockCount: Int, named source: String = "the decoder",
    options: IndexOptions
  ) throws(HostError) {
    self.corpus = corpus
    self.options = options
    layers = try HostError.naming(source) { () throws(HostError) in
      let layers = try options.contextualLayers(blockCount: blockCount)
      guard !layers.isEmpty else {
        throw HostError(
          "none of the usual layers is there in a decoder of \(blockCount) blocks; choose some with "
            + "--layers")
      }
      return layers
    }
    selection = Self.selection(of: corpus.sentences, tokenizer, options.rules)
    guard selection.rows > 0 else {
      throw HostError(
        "\(corpus.path): gives no rows: every sentence has fewer than "
          + "\(options.rules.firstPosition + 1) \(options.keep == .first ? "tokens" : "words")")
    }
  }

  private static func selection(
    of sentences: [String], _ tokenizer: Tokenizer, _ rules: IndexIdentity.BuildRules
  ) -> RowSelection {
    var selection = RowSelection(rules: rules)
    switch rules.keep {
    case .first:
      for (number, sentence) in sentences.enumerated() {
        selection.add(sentence: number, tokens: tokenizer.encode(sentence)) {
          tokenizer.decode([$0])
        }
      }
    case .matched:
      let words = MatchedWords(sentences, rules: rules)
      for (number, ends) in words.ends.enumerated() where !ends.isEmpty {
        let sentence = TokenizedText(sentences[number], tokenizer: tokenizer)
        selection.add(
          sentence: number, tokens: sentence.ids, positions: sentence.positions(ofEnds: ends))
      }
    }
    return selection
  }

  /// Makes sure that a decoder has an embedding for every token.
  ///
  /// - Throws: `HostError` that names the first token which has none, and its sentence.
  private func requireTokens(
    of decoder: any LanguageDecoder, named source: String
  ) throws(HostError) {
    let known = 0..<decoder.embedding.count
    for sequence in selection.sequences {
      guard let token = sequence.tokens.first(where: { !known.contains($0) }) else { continue }
      throw HostError(
        "\(corpus.path): sentence \(sequence.sentence + 1) has the token \(token), but "
          + "\(source) has \(known.count) embeddings; its tokenizer belongs to another model")
    }
  }

  /// The rows of each layer.
  package var rows: Int { selection.rows }

  /// The order in which its sentences go through a decoder.
  func order(for decoder: any LanguageDecoder) -> EncodingOrder {
    // Rotary embeddings that depend on the length of a sequence do so beyond the longest.
    let longest = selection.sequences.map(\.tokens.count).max() ?? 0
    return EncodingOrder(
      selection.sequences, batchTokens: IndexBuild.batchTokens,
      sharing: longest <= decoder.maximumPositions ?? .max)
  }

  /// The tokens that have to go through a decoder.
  package func tokens(for decoder: any LanguageDecoder) -> Int { order(for: decoder).tokens }

  /// The size of the finished index.
  package func bytes(hiddenSize: Int) -> Int {
    let states = options.elementType.byteCount(of: [rows, layers.count, hiddenSize]) ?? .max
    return states.addingReportingOverflow(tableBytes).overflow ? .max : states + tableBytes
  }

  /// The size of the table that tells where rows come from.
  package var tableBytes: Int {
    12 * rows + corpus.sentences.reduce(0) { $0 + $1.utf8.count + 8 }
  }

  /// The places of all rows, in the order of the corpus.
  package var entries: IndexEntries { entries(ofSequences: Array(selection.sequences.indices)) }

  /// The places of the rows of some sequences, in the order of the corpus.
  func entries(ofSequences numbers: [Int]) -> IndexEntries {
    var tokenIDs: [Int] = []
    var positions: [Int] = []
    var sentenceIDs: [Int] = []
    for sequence in numbers.map({ selection.sequences[$0] }) {
      for position in sequence.positions {
        tokenIDs.append(sequence.tokens[position])
        positions.append(position)
        sentenceIDs.append(sequence.sentence)
      }
    }
    return IndexEntries(
      tokenIDs: tokenIDs, positions: positions, sentenceIDs: sentenceIDs,
      sentences: corpus.sentences)
  }
}
