/// Distinct byte strings, numbered in the order in which they came, and found again by hash.
///
/// Swift's own strings compare by canonical equivalence, which would make one piece of two.
struct ByteStringTable: Sendable {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  /// Open addressing, linear probing, a power of two, at most half full; -1 is free.
  private var slots: [Int32] = Array(repeating: -1, count: 64)

  init(minimumCapacity: Int = 0) {
    var capacity = 64
    while capacity < 2 * minimumCapacity { capacity *= 2 }
    slots = Array(repeating: -1, count: capacity)
  }

  var count: Int { ends.count }

  /// The string with a number.
  subscript(number: Int) -> ArraySlice<UInt8> { bytes[range(of: number)] }

  /// The number of a string, if it is here.
  func number(of string: Span<UInt8>) -> Int? {
    let number = Int(slots[slot(of: string)])
    return number < 0 ? nil : number
  }

  /// The number of a string, which is added if it is not here yet.
  mutating func insert(_ string: Span<UInt8>) -> (number: Int, isNew: Bool) {
    let slot = slot(of: string)
    if slots[slot] >= 0 { return (Int(slots[slot]), false) }
    slots[slot] = Int32(count)
    for index in string.indices { bytes.append(string[index]) }
    ends.append(bytes.count)
    if 2 * count > slots.count { grow() }
    return (count - 1, true)
  }

  private func range(of number: Int) -> Range<Int> {
    (number == 0 ? 0 : ends[number - 1])..<ends[number]
  }

  /// Where a string is, or the free slot where it belongs.
  private func slot(of string: Span<UInt8>) -> Int {
    var slot = hash(string) & (slots.count - 1)
    while slots[slot] >= 0, !matches(Int(slots[slot]), string) {
      slot = (slot + 1) & (slots.count - 1)
    }
    return slot
  }

  private func matches(_ number: Int, _ string: Span<UInt8>) -> Bool {
    let range = range(of: number)
    guard range.count == string.count else { return false }
    for index in string.indices where bytes[range.lowerBound + index] != string[index] {
      return false
    }
    return true
  }

  /// FNV-1a, its high bits folded in.
  private func hash(_ string: Span<UInt8>) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in string.indices { hash = (hash ^ UInt64(string[index])) &* 0x100_0000_01B3 }
    return Int(truncatingIfNeeded: hash ^ hash >> 32)
  }

  private mutating func grow() {
    slots = Array(repeating: -1, count: 2 * slots.count)
    for number in 0..<count {
      let slot = slot(of: bytes.span.extracting(range(of: number)))
      slots[slot] = Int32(number)
    }
  }
}
