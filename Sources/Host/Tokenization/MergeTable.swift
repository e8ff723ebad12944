/// What two neighbours become, and how early, for each pair of tokens that may be merged.
///
/// A hash table of its own, since the innermost loop of encoding asks it three times for each merge.
struct MergeTable: Sendable {
  struct Merge: Sendable {
    /// The place in the list of merges, the earliest 0.
    let rank: Int32
    let result: Int32
  }

  private struct Slot {
    /// Both ids of the pair; no pair has all bits set, since ids are not negative.
    var pair: UInt64
    var merge: Merge
  }

  private static let free = Slot(pair: .max, merge: Merge(rank: 0, result: 0))

  /// Open addressing, linear probing, a power of two, at most half full.
  private var slots: [Slot]

  init(capacity: Int) {
    var count = 64
    while count < 2 * capacity { count *= 2 }
    slots = Array(repeating: Self.free, count: count)
  }

  /// The merge of a pair of ids.
  subscript(left: Int32, right: Int32) -> Merge? {
    let pair = Self.pair(left, right)
    let slot = slots[slot(of: pair)]
    return slot.pair == pair ? slot.merge : nil
  }

  /// Adds a merge, or replaces that of the same pair; at most `capacity` of them.
  mutating func insert(_ merge: Merge, of left: Int32, _ right: Int32) {
    let pair = Self.pair(left, right)
    slots[slot(of: pair)] = Slot(pair: pair, merge: merge)
  }

  private static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// Where a pair is, or the free slot where it belongs.
  private func slot(of pair: UInt64) -> Int {
    // Fibonacci hashing: the high bits of the product depend on all bits of both ids.
    var slot = Int(truncatingIfNeeded: (pair &* 0x9E37_79B9_7F4A_7C15) >> 32) & (slots.count - 1)
    while slots[slot].pair != pair, slots[slot].pair != .max {
      slot = (slot + 1) & (slots.count - 1)
    }
    return slot
  }
}
