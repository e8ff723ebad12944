/// The merges that a piece of text offers, earliest rank first, then leftmost: a binary heap.
struct MergeQueue {
  struct Candidate {
    let rank: Int32
    /// The index of the left symbol.
    let position: Int
    /// What the two become.
    let result: Int32

    func precedes(_ other: Candidate) -> Bool {
      rank != other.rank ? rank < other.rank : position < other.position
    }
  }

  private var heap: [Candidate] = []

  mutating func removeAll() {
    heap.removeAll(keepingCapacity: true)
  }

  mutating func insert(_ candidate: Candidate) {
    var index = heap.count
    heap.append(candidate)
    while index > 0 {
      let parent = (index - 1) / 2
      guard candidate.precedes(heap[parent]) else { break }
      heap[index] = heap[parent]
      index = parent
    }
    heap[index] = candidate
  }

  mutating func popFirst() -> Candidate? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    if heap.isEmpty { return first }
    var index = 0
    while true {
      var child = 2 * index + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
      guard heap[child].precedes(last) else { break }
      heap[index] = heap[child]
      index = child
    }
    heap[index] = last
    return first
  }
}
