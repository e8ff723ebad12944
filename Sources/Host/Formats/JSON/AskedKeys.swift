/// The objects a decoding has gone through, and the keys that it asked each for.
///
/// A key that is there but was never asked for means a slip in our own manifests, and in other people's
/// configurations perhaps something that changes what is computed: this account lets both be told.
package final class AskedKeys {
  private var objects: [String: (node: JSONNode, keys: Set<String>)] = [:]

  package init() {}

  /// Takes note that an object was decoded member by member.
  func enter(_ node: JSONNode) {
    if objects[node.path] == nil { objects[node.path] = (node, []) }
  }

  /// Takes note that an object was asked for a key, whether it is there or not.
  package func ask(_ node: JSONNode, for key: String) {
    enter(node)
    objects[node.path]?.keys.insert(key)
  }

  /// What the object at a path was asked for; nil if nobody looked at its members.
  package func keys(ofObjectAt path: String) -> Set<String>? { objects[path]?.keys }

  /// Makes sure that every key of every object that was gone through was asked for.
  ///
  /// - Throws: for the first that was not, with the name that was probably meant. `$schema` and
  ///   `comment` may stand in any object.
  func rejectUnknownKeys() throws(JSONError) {
    for path in objects.keys.sorted() {
      guard let (node, asked) = objects[path] else { continue }
      let known = asked.union(["$schema", "comment"])
      for (key, member) in try node.members() where !known.contains(key) {
        throw JSONError(
          file: node.file, path: member.path,
          problem: .unknown(suggestion: closest(to: key, among: known)))
      }
    }
  }
}

/// The candidate that differs least from a word, if any differs little enough to be a slip.
package func closest(to word: String, among candidates: some Sequence<String>) -> String? {
  candidates
    .map { (candidate: $0, distance: editDistance(word, $0)) }
    .filter { $0.distance <= (word.count + 1) / 3 || $0.candidate.hasPrefix(word) }
    .min { ($0.distance, $0.candidate) < ($1.distance, $1.candidate) }?.candidate
}

/// The number of single-character edits between two words (Levenshtein).
private func editDistance(_ left: String, _ right: String) -> Int {
  let right = Array(right)
  var row = Array(0...right.count)
  for (i, character) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in right.enumerated() {
      let substitution = diagonal + (character == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[right.count]
}
