internal import LatentLensFormats
package import LatentLensTensors

/// Everything that decides the rows of an index: two indices of one identity have the same rows, byte for
/// byte.
package struct IndexIdentity: Sendable, Equatable {
  /// The rules by which rows are chosen.
  package struct BuildRules: Sendable, Equatable, Decodable {
    /// Positions of each sentence that are skipped from its start.
    package let firstPosition: Int
    /// The most rows that share one token text.
    package let maxContexts: Int
    /// Sentences are cut after this many tokens.
    package let maxTokens: Int

    package init(firstPosition: Int = 2, maxContexts: Int = 50, maxTokens: Int = 512) {
      self.firstPosition = firstPosition
      self.maxContexts = maxContexts
      self.maxTokens = maxTokens
    }

    enum CodingKeys: String, CodingKey {
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
    /// The arithmetic of its linear layers.
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
    let parts = [
      "version \(IndexDescription.version)", maker.weights, maker.configuration, maker.tokenizer,
      maker.arithmetic, corpus, "\(layers)", elementType.indexName,
      "\(rules.firstPosition) \(rules.maxContexts) \(rules.maxTokens)",
    ]
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
