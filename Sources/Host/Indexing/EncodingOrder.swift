internal import LatentLensKernels
internal import LatentLensLenses

/// The order in which the sentences of an index go through the decoder: sorted by their tokens, so that those
/// with a common beginning are neighbours, and a beginning is computed once for all in a batch.
///
/// A causal decoder gives a token the same state whatever follows it, so that no row depends on who shares
/// its batch.
struct EncodingOrder: Sendable {
  /// Sequences in order, cut into batches: indices into the sequences of a selection.
  let batches: [[Int]]
  /// The tokens of each batch that are computed: those of common beginnings once.
  private let computed: [Int]
  private let isSharing: Bool

  /// All tokens that are computed.
  var tokens: Int { computed.reduce(0, +) }

  func tokens(ofBatch number: Int) -> Int { computed[number] }

  /// The batches of a part: those of neighbouring parts follow each other, and all have about as many tokens.
  func batches(of part: IndexPart?) -> Range<Int> {
    guard let part else { return batches.indices }
    var before = 0
    let parts = computed.map { count in
      defer { before += count }
      return before * part.count / max(tokens, 1) + 1
    }
    let first = parts.firstIndex { $0 >= part.number } ?? parts.count
    return first..<(parts.firstIndex { $0 > part.number } ?? parts.count)
  }

  /// - Parameters:
  ///   - batchTokens: the most tokens that are computed together, unless one sequence alone has more.
  ///   - sharing: whether common beginnings are computed once.
  init(_ sequences: [RowSelection.Sequence], batchTokens: Int, sharing: Bool = true) {
    let order =
      sharing
      ? sequences.indices.sorted { left, right in
        let (a, b) = (sequences[left].tokens, sequences[right].tokens)
        return a == b ? left < right : a.lexicographicallyPrecedes(b)
      } : Array(sequences.indices)
    var batches: [[Int]] = []
    var batch: [Int] = []
    var counts: [Int] = []
    var count = 0
    for (place, number) in order.enumerated() {
      let tokens = sequences[number].tokens
      let common =
        sharing && !batch.isEmpty
        ? Self.commonCount(tokens, sequences[order[place - 1]].tokens) : 0
      var own = tokens.count - common
      if !batch.isEmpty, count + own > batchTokens {
        batches.append(batch)
        counts.append(count)
        (batch, count, own) = ([], 0, tokens.count)
      }
      batch.append(number)
      count += own
    }
    if !batch.isEmpty {
      batches.append(batch)
      counts.append(count)
    }
    self.batches = batches
    computed = counts
    isSharing = sharing
  }

  private static func commonCount(_ left: [Int], _ right: [Int]) -> Int {
    zip(left, right).prefix { $0 == $1 }.count
  }

  /// What goes through the decoder together.
  struct Batch {
    /// The tokens that are computed.
    private(set) var tokens: [Int] = []
    let segments: Segments
    /// For each sequence, in order, where in the batch its rows are found.
    private(set) var rows: [[Int]] = []

    fileprivate init(_ sequences: [RowSelection.Sequence], sharing: Bool) {
      var counts: [Int] = []
      var shared: [[Int]] = []
      // Where in the batch the tokens of the sequence before are.
      var path: [Int] = []
      var before: [Int] = []
      for sequence in sequences {
        let common = sharing ? EncodingOrder.commonCount(sequence.tokens, before) : 0
        let own = sequence.tokens.dropFirst(common)
        path = path.prefix(common) + Array(tokens.count..<tokens.count + own.count)
        shared.append(Array(path.prefix(common)))
        counts.append(own.count)
        tokens += own
        rows.append(sequence.positions.map { path[$0] })
        before = sequence.tokens
      }
      segments = Segments(counts: counts, sharing: shared)
    }
  }

  /// A batch of the selection that the order was made for.
  func batch(_ number: Int, of sequences: [RowSelection.Sequence]) -> Batch {
    Batch(batches[number].map { sequences[$0] }, sharing: isSharing)
  }
}
