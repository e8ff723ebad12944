/// Where each sequence of a batch begins: a batch is rows and boundaries, without padding or masks.
public struct Segments: Sendable, Equatable {
  /// The first row of each sequence, and the number of all rows at the end: `count + 1` numbers.
  public let offsets: [Int]
  /// The position of each sequence's first row: 0, or the number of tokens that went before.
  public let starts: [Int]
  /// For rotary embeddings of several axes: the place of every row on each axis, `[axis][row]`. Nil
  /// where a row's position in its sequence is its place on all axes.
  public let coordinates: [[Int]]?
  /// Ranges of positions of a single sequence that see each other whatever the mask, as an image's tokens
  /// do in models that read them in both directions; ascending, without overlap.
  public let mutualPositions: [Range<Int>]
  /// For each sequence the rows, of others, that it begins with: it shares them instead of having them again.
  /// Nil where none shares any.
  public let shared: [[Int]]?

  /// Sequences of the given lengths, end to end.
  public init(
    counts: [Int], startingAt starts: [Int]? = nil, coordinates: [[Int]]? = nil,
    mutualPositions: [Range<Int>] = []
  ) {
    precondition(counts.allSatisfy { $0 >= 0 }, "a sequence of negative length in \(counts)")
    let starts = starts ?? Array(repeating: 0, count: counts.count)
    precondition(
      starts.count == counts.count && starts.allSatisfy { $0 >= 0 },
      "\(counts.count) sequences need as many starts, not \(starts)")
    self.starts = starts
    offsets = counts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
    self.coordinates = coordinates
    self.mutualPositions = mutualPositions
    shared = nil
    precondition(
      coordinates.map { $0.allSatisfy { [rows = offsets.last] in $0.count == rows } } ?? true,
      "coordinates that are not one for each row")
    precondition(
      mutualPositions.isEmpty || counts.count == 1, "only a single sequence has mutual positions")
  }

  /// Sequences of which some begin as others do: the rows of a common beginning are there once.
  ///
  /// - Parameters:
  ///   - counts: how many rows each sequence has of its own.
  ///   - shared: the rows that come before them, in the order of their positions; all belong to sequences
  ///     before it.
  public init(counts: [Int], sharing shared: [[Int]]) {
    precondition(counts.count == shared.count, "\(counts.count) sequences share \(shared.count)")
    starts = shared.map(\.count)
    offsets = counts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
    precondition(
      zip(offsets, shared).allSatisfy { first, rows in rows.allSatisfy { 0..<first ~= $0 } },
      "a sequence shares rows that come after it")
    coordinates = nil
    mutualPositions = []
    self.shared = shared.allSatisfy(\.isEmpty) ? nil : shared
  }

  /// A single sequence.
  public init(count: Int, startingAt start: Int = 0) {
    self.init(counts: [count], startingAt: [start])
  }

  /// Crops of an image, which all have the same number of rows.
  public init(crops: Int, rows: Int) {
    precondition(crops > 0 && rows % crops == 0, "\(rows) rows are not those of \(crops) crops")
    self.init(counts: Array(repeating: rows / crops, count: crops))
  }

  /// The number of sequences.
  public var count: Int { starts.count }

  /// The number of rows of all sequences.
  public var rows: Int { offsets.last ?? 0 }

  /// The rows of one sequence.
  public func range(_ segment: Int) -> Range<Int> { offsets[segment]..<offsets[segment + 1] }

  /// How many positions of a sequence one of it sees under a causal mask, from the first on: those up to its
  /// own, and those that see each other with it.
  public func sight(from position: Int) -> Int {
    Self.sight(from: position, mutual: mutualPositions)
  }

  static func sight(from position: Int, mutual: [Range<Int>]) -> Int {
    max(mutual.first { $0.contains(position) }?.upperBound ?? 0, position + 1)
  }

  /// The position of each row in its sequence.
  public var positions: [Int] {
    (0..<count).flatMap { segment in
      (0..<range(segment).count).map { starts[segment] + $0 }
    }
  }
}
