/// The prefixes of sequences, as a trie: exact, where a hash could collide and drop a row.
package struct PrefixSet: Sendable {
  package static let root = 0

  private struct Edge: Hashable {
    let parent: Int
    let token: Int
  }

  private var children: [Edge: Int] = [:]
  private var marked: [Bool] = [false]

  package init() {}

  package mutating func child(of parent: Int, token: Int) -> Int {
    let edge = Edge(parent: parent, token: token)
    if let child = children[edge] { return child }
    let child = marked.count
    children[edge] = child
    marked.append(false)
    return child
  }

  package func isMarked(_ prefix: Int) -> Bool { marked[prefix] }

  package mutating func mark(_ prefix: Int) { marked[prefix] = true }
}
