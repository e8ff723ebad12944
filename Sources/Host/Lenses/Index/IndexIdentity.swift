internal import LatentLensFormats
package import LatentLensTensors

/// Everything that decides the rows of an index: two indices of one identity have the same rows, byte for
/// byte.
package struct IndexIdentity: Sendable, Equatable {
  /// The rules by which rows are chosen.
  package struct BuildRules: Sendable, Equatable, Decodable {
    /// What rows are of.
    package let keep: Keep
    /// Positions of each sentence that are skipped from its start: of tokens, or of words where these are kept.
    package let firstPosition: Int
    /// The most rows that share one token text, or one word.
    package let maxContexts: Int
    /// Sentences are cut after this many tokens, or words.
    package let maxTokens: Int

    /// Which tokens of a corpus become rows.
    package enum Keep: String, Sendable, Decodable, CaseIterable {
      /// The reference's rule: tokens, in the order of the corpus.
      case first
      /// The last token of each word: the same words of the same sentences for every tokenizer.
      case matched
    }

    /// - Parameter firstPosition: by default two tokens, as the reference has it, or one word.
    package init(
      keep: Keep = .first, firstPosition: Int? = nil, maxContexts: Int = 50, maxTokens: Int = 512
    ) {
      self.keep = keep
      self.firstPosition = firstPosition ?? (keep == .first ? 2 : 1)
      self.maxContexts = maxContexts
      self.maxTokens = maxTokens
    }

    package init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      self.init(
        keep: try keys.decodeIfPresent(Keep.self, forKey: .keep) ?? .first,
        firstPosition: try keys.decode(Int.self, forKey: .firstPosition),
        maxContexts: try keys.decode(Int.self, forKey: .maxContexts),
        maxTokens: try keys.decode(Int.self, forKey: .maxTokens))
    }

    enum CodingKeys: String, CodingKey {
      case keep
      case firstPosition = "first_position"
      case maxContexts = "max_contexts"
      case maxTokens = "max_tokens"
    }
  }

  /// The decoder that made the states, and what made its tokens.
  package struct Maker: Sendable, Equatable {
    /// A digest of the decoder's weights.
    package let weights: String
    /// A digest of the configuration that the decoder was built from.
    package let configuration: String
    /// A digest of `tokenizer.json`.
    package let tokenizer: String
    /// The arithmetic of its linear layers, and the library by which it is computed where that changes the bits.
    package let arithmetic: String

    package init(weights: String, configuration: String, tokenizer: String, arithmetic: String) {
      self.weights = weights
      self.configuration = configuration
      self.tokenizer = tokenizer
      self.arithmetic = arithmetic
    }
  }

  package let maker: Maker
  /// The SHA-256 of the corpus file.
  package let corpus: String
  /// Contextual layers, ascending.
  package let layers: [Int]
  /// How rows are stored.
  package let elementType: Encoding
  package let rules: BuildRules

  package init(
    maker: Maker, corpus: String, layers: [Int], elementType: Encoding, rules: BuildRules
  ) {
    self.maker = maker
    self.corpus = corpus
    self.layers = layers.sorted()
    self.elementType = elementType
    self.rules = rules
  }

  /// A digest by which indices of different identities are told apart.
  package var digest: String {
    var parts = [
      "version \(IndexDescription.version)", maker.weights, maker.configuration, maker.tokenizer,
      maker.arithmetic, corpus, "\(layers)", elementType.indexName,
      "\(rules.firstPosition) \(rules.maxContexts) \(rules.maxTokens)",
    ]
    // The first rule has no name, as it had none when it was the only one.
    if rules.keep != .first { parts.append(rules.keep.rawValue) }
    return SHA256.digest(of: parts.joined(separator: "\n"))
  }
}

extension Encoding {
  /// The types that an index can store, by the names that commands and `index.json` give them.
  package static let indexNames = stored.map(\.name)

  private static let stored: [Encoding] = [.f32, .f16, .bf16, .i8]

  /// The name by which commands and `index.json` call a type.
  package var indexName: String { name }

  package init?(indexName: String) {
    guard let known = Self.stored.first(where: { $0.name == indexName }) else { return nil }
    self = known
  }
}
