/// A set of byte strings, each with a value, of which the longest at a place is found in one walk.
struct ByteTrie: Sendable {
  private struct Edge: Hashable {
    let node: Int
    let byte: UInt8
  }

  private var edges: [Edge: Int] = [:]
  /// The value of each node where a string ends.
  private var values: [Int?] = [nil]
  private var isFirst = [Bool](repeating: false, count: 256)

  /// Adds a string; of equal strings the first one's value stays.
  mutating func insert(_ string: [UInt8], value: Int) {
    guard let first = string.first else { return }
    isFirst[Int(first)] = true
    var node = 0
    for byte in string {
      let edge = Edge(node: node, byte: byte)
      if let next = edges[edge] {
        node = next
      } else {
        edges[edge] = values.count
        node = values.count
        values.append(nil)
      }
    }
    if values[node] == nil { values[node] = value }
  }

  /// The first place from an index on where a string of the set stands, and the longest one there.
  func firstMatch(in text: [UInt8], from index: Int) -> (range: Range<Int>, value: Int)? {
    for start in index..<max(index, text.count) where isFirst[Int(text[start])] {
      var longest: (range: Range<Int>, value: Int)?
      var node = 0
      for end in start..<text.count {
        guard let next = edges[Edge(node: node, byte: text[end])] else { break }
        node = next
        if let value = values[node] { longest = (start..<end + 1, value) }
      }
      if let longest { return longest }
    }
    return nil
  }
}
