internal import LatentLensFormats

/// The merges that the scores of SentencePiece's pieces come to, as converters of transformers make them:
/// every way to put a piece together from two, the best piece first.
struct GGUFMerges {
  let all: [JSONValue]

  init(tokens: [String], scores: [Double]) {
    var ids: [String: Int] = [:]
    for (id, token) in tokens.enumerated() { ids[token] = id }
    var found: [(left: Int, right: Int, score: Double)] = []
    for (token, score) in zip(tokens, scores) {
      var own: [(left: Int, right: Int, score: Double)] = []
      let scalars = token.unicodeScalars
      for place in scalars.indices.dropFirst() {
        if let left = ids[String(scalars[..<place])], let right = ids[String(scalars[place...])] {
          own.append((left, right, score))
        }
      }
      found += own.sorted { ($0.left, $0.right) < ($1.left, $1.right) }
    }
    // Equal scores keep their order.
    let order = found.indices.sorted { (found[$1].score, $0) < (found[$0].score, $1) }
    all = order.map { .array([.string(tokens[found[$0].left]), .string(tokens[found[$0].right])]) }
  }
}
