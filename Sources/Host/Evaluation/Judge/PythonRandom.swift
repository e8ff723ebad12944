/// Python's random numbers: the Mersenne twister MT19937, and how `random.sample` draws from it.
///
/// So that the same patches are drawn as in the method's own evaluation (Matsumoto and Nishimura, "Mersenne
/// Twister", 1998; CPython's `random`).
package struct PythonRandom: Sendable {
  private static let count = 624
  private var state: [UInt32]
  private var next = Self.count

  /// - Parameter seed: as `random.seed` takes it, of 32 bits.
  package init(seed: UInt32) {
    var state: [UInt32] = [19_650_218]
    for i in 1..<Self.count {
      state.append(1_812_433_253 &* (state[i - 1] ^ (state[i - 1] >> 30)) &+ UInt32(i))
    }
    func mixed(_ place: Int, _ factor: UInt32) -> UInt32 {
      state[place] ^ ((state[place - 1] ^ (state[place - 1] >> 30)) &* factor)
    }
    var place = 1
    func advance() {
      place += 1
      guard place == Self.count else { return }
      state[0] = state[Self.count - 1]
      place = 1
    }
    for _ in 0..<Self.count {
      state[place] = mixed(place, 1_664_525) &+ seed
      advance()
    }
    for _ in 1..<Self.count {
      state[place] = mixed(place, 1_566_083_941) &- UInt32(place)
      advance()
    }
    state[0] = 0x8000_0000
    self.state = state
  }

  private mutating func word() -> UInt32 {
    if next == Self.count { twist() }
    var word = state[next]
    next += 1
    word ^= word >> 11
    word ^= (word << 7) & 0x9d2c_5680
    word ^= (word << 15) & 0xefc6_0000
    return word ^ (word >> 18)
  }

  private mutating func twist() {
    for i in 0..<Self.count {
      let both = (state[i] & 0x8000_0000) | (state[(i + 1) % Self.count] & 0x7fff_ffff)
      state[i] =
        state[(i + 397) % Self.count] ^ (both >> 1) ^ (both & 1 == 0 ? 0 : 0x9908_b0df)
    }
    next = 0
  }

  /// A number in `0..<bound`, which is below 2^32: `random.randrange(bound)`.
  package mutating func next(below bound: Int) -> Int {
    let bits = Int.bitWidth - bound.leadingZeroBitCount
    while true {
      let number = Int(word() >> UInt32(32 - bits))
      if number < bound { return number }
    }
  }

  /// Some of the numbers `0..<count`, each at most once: `random.sample(range(count), wanted)`.
  package mutating func sample(_ wanted: Int, of count: Int) -> [Int] {
    var taken: [Int] = []
    if count <= Self.poolSize(for: wanted) {
      var pool = Array(0..<count)
      for number in 0..<wanted {
        let place = next(below: count - number)
        taken.append(pool[place])
        pool[place] = pool[count - number - 1]
      }
      return taken
    }
    var known: Set<Int> = []
    while taken.count < wanted {
      let number = next(below: count)
      if known.insert(number).inserted { taken.append(number) }
    }
    return taken
  }

  /// Python keeps a list of what is left where that takes no more memory than a set of what is taken.
  private static func poolSize(for wanted: Int) -> Int {
    guard wanted > 5 else { return 21 }
    var size = 1
    while size < 3 * wanted { size *= 4 }
    return 21 + size
  }
}
