/// Which tokens of a corpus become rows of an index, decided before any forward pass.
///
/// By the rule `first`, which is the reference's: positions before `firstPosition` are skipped; a token whose whole
/// prefix has been seen is skipped, since a causal decoder gives it the same state; each token text
/// keeps the first `maxContexts` of its contexts in corpus order. By the rule `matched` the positions are given.
package struct RowSelection: Sendable {
  /// The tokens of each sentence that has rows, cut after its last row.
  package private(set) var sequences: [Sequence] = []
  package private(set) var rows = 0

  /// A sentence with the positions that become rows.
  package struct Sequence: Sendable {
    package let sentence: Int
    package let tokens: [Int]
    /// Ascending positions in `tokens`.
    package let positions: [Int]
  }

  private let rules: IndexIdentity.BuildRules
  /// By the bytes of a token's text: Swift's strings equal what Unicode calls equivalent.
  private var contexts: [[UInt8]: Int] = [:]
  private var prefixes = PrefixSet()

  package init(rules: IndexIdentity.BuildRules) {
    self.rules = rules
  }

  /// Adds the next sentence of the corpus.
  ///
  /// - Parameters:
  ///   - tokens: its token ids, special tokens included.
  ///   - text: the text that a single token decodes to; the cap counts by it.
  package mutating func add(sentence: Int, tokens: [Int], text: (Int) -> String) {
    let tokens = Array(tokens.prefix(rules.maxTokens))
    var positions: [Int] = []
    var prefix = PrefixSet.root
    for (position, token) in tokens.enumerated() {
      prefix = prefixes.child(of: prefix, token: token)
      guard position >= rules.firstPosition, !prefixes.isMarked(prefix) else { continue }
      let text = Array(text(token).utf8)
      guard contexts[text, default: 0] < rules.maxContexts else { continue }
      prefixes.mark(prefix)
      contexts[text, default: 0] += 1
      positions.append(position)
    }
    add(sentence: sentence, tokens: tokens, positions: positions)
  }

  /// Adds a sentence whose rows are known.
  ///
  /// - Parameter positions: ascending positions in `tokens`.
  package mutating func add(sentence: Int, tokens: [Int], positions: [Int]) {
    guard let last = positions.last else { return }
    sequences.append(
      Sequence(sentence: sentence, tokens: Array(tokens[...last]), positions: positions))
    rows += positions.count
  }
}
