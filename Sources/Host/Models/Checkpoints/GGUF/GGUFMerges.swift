internal import LatentLensFormats

/// The merges that the scores of SentencePiece's pieces come to, as converters of transformers make them:
/// every way to put a piece together from two, the best piece first.
struct GGUFMerges {
  let all: [JSONValue]

  init(tokens: [String], scores: [Double]) {
    // By bytes: Swift's strings are equal already where they look the same.
    var ids: [ArraySlice<UInt8>: Int] = [:]
    for (id, token) in tokens.enumerated() { ids[ArraySlice(token.utf8)] = id }
    var found: [(left: Int, right: Int, score: Double)] = []
    for (token, score) in zip(tokens, scores) where token.utf8.count <= Self.longest {
      let bytes = Array(token.utf8)
      var own: [(left: Int, right: Int, score: Double)] = []
      for place in bytes.indices.dropFirst() where bytes[place] & 0xC0 != 0x80 {
        if let left = ids[bytes[..<place]], let right = ids[bytes[place...]] {
          own.append((left, right, score))
        }
      }
      found += own.sorted { ($0.left, $0.right) < ($1.left, $1.right) }
    }
    // Equal scores keep their order.
    let order = found.indices.sorted { (found[$1].score, $0) < (found[$0].score, $1) }
    all = order.map { .array([.string(tokens[found[$0].left]), .string(tokens[found[$0].right])]) }
  }

  /// A longer piece is no word, and takes too long to take apart.
  private static let longest = 1024
}
