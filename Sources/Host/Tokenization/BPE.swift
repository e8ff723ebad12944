/// Byte-pair encoding: a piece of text starts as its characters, and the neighbours that were merged
/// earliest in training are merged first, until none is left to merge (Sennrich et al. 2016).
struct BPE: Sendable {
  /// What stands for a character that is not in the vocabulary.
  struct Fallback: Sendable {
    /// The tokens of the 256 bytes (`<0x00>`…), which spell it, nil for one that is absent; empty where
    /// a model has no such tokens.
    var bytes: [Int32?] = []
    /// The token that stands for it otherwise; without one it vanishes.
    var unknown: Int32?
    /// Whether a run of such characters becomes one unknown token.
    var fusesUnknown = false
  }

  let vocabulary: Vocabulary
  let merges: MergeTable
  let fallback: Fallback
  /// Whether a whole piece that is in the vocabulary is taken as it is.
  let ignoresMerges: Bool
}
