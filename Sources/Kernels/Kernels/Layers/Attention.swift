internal import CLatentLensKernels
public import LatentLensTensors

/// Scaled dot-product attention (Vaswani et al., arXiv 1706.03762) with grouped key-value heads
/// (Ainslie et al., arXiv 2305.13245).
///
/// A block of queries of one head is scored against the keys it may see, so that memory grows with
/// the number of keys and never with its square.
public struct Attention: Sendable {
  /// Which keys a query sees.
  public enum Mask: Sendable, Equatable {
    /// Those of its own position and before, and those that see each other whatever the mask.
    case causal
    /// All of its sequence.
    case full
  }

  public let heads: Int
  public let keyValueHeads: Int
  public let headWidth: Int
  public let mask: Mask
  /// What scores are multiplied by.
  public let scale: Float
  /// Scores become `softCap · tanh(score / softCap)` (Gemma 2, arXiv 2408.00118).
  public let softCap: Float?
  /// How many positions back, its own counted, a query sees.
  public let window: Int?
  private let compute: Compute
  private var multiplication: any Multiplication { compute.arithmetic.multiplication }

  /// - Parameter scale: nil is `1 / sqrt(headWidth)`.
  public init(
    heads: Int, keyValueHeads: Int, headWidth: Int, mask: Mask, scale: Float? = nil,
    softCap: Float? = nil, window: Int? = nil, compute: Compute
  ) {
    precondition(
      heads > 0 && keyValueHeads > 0 && heads % keyValueHeads == 0 && headWidth > 0,
      "\(heads) heads cannot share \(keyValueHeads) key-value heads")
    precondition(window.map { $0 > 0 } ?? true, "a window of \(window ?? 0) sees nothing")
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headWidth = headWidth
    self.mask = mask
    self.scale = scale ?? 1 / Float(headWidth).squareRoot()
    self.softCap = softCap
    self.window = window
    self.compute = compute
  }

  /// Attends within each sequence.
  ///
  /// - Parameters:
  ///   - q: queries, `[n, heads * headWidth]`, rotated already where the model rotates.
  ///   - k: keys, `[n, keyValueHeads * headWidth]`.
  ///   - v: values, of the same shape.
  ///   - segments: the sequences that the `n` rows are.
  ///   - cache: where `k` and `v` are appended first, so that queries see the earlier tokens of their
  ///     sequence, too; a single sequence only.
  ///   - look: is lent the weights, the mean over heads: `[n, keys]`, where a row has the keys of its own
  ///     sequence from the first, and 0 for those that it does not see. Nil where nobody looks.
  /// - Returns: `[n, heads * headWidth]`
  public func callAsFunction(
    _ q: borrowing Matrix, _ k: borrowing Matrix, _ v: borrowing Matrix, segments: Segments,
    cache: KeyValueCache.Layer? = nil, look: ((borrowing Matrix) -> Void)? = nil
  ) -> Matrix {
    let width = keyValueHeads * headWidth
    precondition(
      q.columns == heads * headWidth && k.columns == width && v.columns == width
        && q.rows == segments.rows && k.rows == q.rows && v.rows == q.rows,
      "queries [\(q.rows), \(q.columns)], keys [\(k.rows), \(k.columns)] and values "
        + "[\(v.rows), \(v.columns)] are not \(segments.rows) rows of \(heads) and "
        + "\(keyValueHeads) heads of \(headWidth)")
    guard let cache else {
      guard let shared = segments.shared else {
        return attend(q, k, v, segments.offsets.dropLast().map { ($0, 0) }, segments, look)
      }
      // Keys and values of each sequence side by side, those that it shares before its own.
      var rows: [Int] = []
      var sources: [(row: Int, earlier: Int)] = []
      for segment in 0..<segments.count {
        sources.append((rows.count, shared[segment].count))
        rows += shared[segment] + segments.range(segment)
      }
      return attend(q, k.gather(rows), v.gather(rows), sources, segments, look)
    }
    precondition(
      segments.count == 1 && segments.shared == nil,
      "a cache continues one sequence, not \(segments.count)")
    let earlier = cache.count
    cache.append(k, v)
    return attend(q, cache.keys, cache.values, [(0, earlier)], segments, look)
  }

  /// - Parameter sources: for each sequence its first row of `k` and `v`, and how many keys it has
  ///   before that of its first query.
  private func attend(
    _ q: borrowing Matrix, _ k: borrowing Matrix, _ v: borrowing Matrix,
    _ sources: [(row: Int, earlier: Int)], _ segments: Segments,
    _ look: ((borrowing Matrix) -> Void)?
  ) -> Matrix {
    if let look { look(meanWeights(q, k, sources, segments)) }
    let out = Matrix(rows: q.rows, columns: q.columns)
    var tiles: [Tile] = []
    for (segment, source) in sources.enumerated() {
      let rows = segments.range(segment)
      // Where every query sees the same keys, these are packed once for several blocks of queries.
      let blocks = (rows.count + Tile.queries - 1) / Tile.queries
      let together =
        mask == .full && window == nil
        ? max(1, blocks * keyValueHeads / (Tile.perThread * compute.threads)) : 1
      let height = together * Tile.queries
      for first in stride(from: 0, to: rows.count, by: height) {
        for head in 0..<keyValueHeads {
          tiles.append(
            Tile(
              head: head, row: rows.lowerBound, keyRow: source.row, earlier: source.earlier,
              keys: source.earlier + rows.count, mutual: segments.mutualPositions,
              queries: first..<min(first + height, rows.count)))
        }
      }
    }
    let most = tiles.map(\.keys).max() ?? 0
    let room = Room(keys: most, headWidth: headWidth, multiplication)
    let (queries, keys, values, result) = unsafe (q.base, k.base, v.base, out.base)
    unsafe compute.parallel(tiles.count, scratch: room.count) { index, scratch in
      unsafe attend(
        tiles[index], queries, keys, values, into: result, room: room, scratch: scratch)
    }
    return out
  }

  /// Attends with the queries of all heads that share the tile's key-value head.
  private func attend(
    _ tile: Tile, _ queries: UnsafePointer<Float>, _ keys: UnsafePointer<Float>,
    _ values: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>, room: Room,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let span = visible(tile)
    let (rowWidth, keyWidth) = (heads * headWidth, keyValueHeads * headWidth)
    let corner = (tile.keyRow + span.lowerBound) * keyWidth + tile.head * headWidth
    // The rooms follow each other in the scratch memory, whose size is that of all of them.
    let scores = unsafe scratch + room.scores
    let strips = unsafe scratch + room.strips
    let factors = unsafe scratch + room.factors
    let key = unsafe RightFactor(
      keys + corner, stride: keyWidth, columns: span.count, depth: headWidth, transposed: true,
      multiplication, scratch: scratch + room.keys)
    let value = unsafe RightFactor(
      values + corner, stride: keyWidth, columns: headWidth, depth: span.count, transposed: false,
      multiplication, scratch: scratch + room.values)
    let group = heads / keyValueHeads
    for first in stride(
      from: tile.queries.lowerBound, to: tile.queries.upperBound, by: Tile.queries)
    {
      let block = first..<min(first + Tile.queries, tile.queries.upperBound)
      for head in tile.head * group..<(tile.head + 1) * group {
        let target = unsafe result + (tile.row + first) * rowWidth + head * headWidth
        unsafe key.multiply(
          queries + (tile.row + first) * rowWidth + head * headWidth, stride: rowWidth,
          rows: block.count, into: scores, stride: span.count, scratch: strips)
        unsafe weigh(scores, block, tile, span, factors)
        unsafe value.multiply(
          scores, stride: span.count, rows: block.count, into: target, stride: rowWidth,
          scratch: strips)
        for row in 0..<block.count {
          unsafe ll_scale(target + row * rowWidth, factors[row], headWidth)
        }
      }
    }
  }

  /// The weights once more, for whoever looks: they are never all there while values are gathered.
  ///
  /// A tile is a block of queries with all heads, which are added up one after the other.
  private func meanWeights(
    _ q: borrowing Matrix, _ k: borrowing Matrix, _ sources: [(row: Int, earlier: Int)],
    _ segments: Segments
  ) -> Matrix {
    var tiles: [Tile] = []
    for (segment, source) in sources.enumerated() {
      let rows = segments.range(segment)
      for first in stride(from: 0, to: rows.count, by: Tile.queries) {
        tiles.append(
          Tile(
            head: 0, row: rows.lowerBound, keyRow: source.row, earlier: source.earlier,
            keys: source.earlier + rows.count, mutual: segments.mutualPositions,
            queries: first..<min(first + Tile.queries, rows.count)))
      }
    }
    let most = tiles.map(\.keys).max() ?? 0
    let mean = Matrix(rows: q.rows, columns: most)
    let room = Room(keys: most, headWidth: headWidth, multiplication)
    let (queries, keys, sums) = unsafe (q.base, k.base, mean.base)
    unsafe compute.parallel(tiles.count, scratch: room.count) { index, scratch in
      unsafe addWeights(
        tiles[index], queries, keys, to: sums, stride: most, room: room, scratch: scratch)
    }
    return mean
  }

  /// Adds the weights of a tile's queries, each head's divided by the number of heads.
  private func addWeights(
    _ tile: Tile, _ queries: UnsafePointer<Float>, _ keys: UnsafePointer<Float>,
    to sums: UnsafeMutablePointer<Float>, stride width: Int, room: Room,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let span = visible(tile)
    let (rowWidth, keyWidth) = (heads * headWidth, keyValueHeads * headWidth)
    let scores = unsafe scratch + room.scores
    let factors = unsafe scratch + room.factors
    let group = heads / keyValueHeads
    let first = tile.row + tile.queries.lowerBound
    for shared in 0..<keyValueHeads {
      let corner = (tile.keyRow + span.lowerBound) * keyWidth + shared * headWidth
      let key = unsafe RightFactor(
        keys + corner, stride: keyWidth, columns: span.count, depth: headWidth, transposed: true,
        multiplication, scratch: scratch + room.keys)
      for head in shared * group..<(shared + 1) * group {
        unsafe key.multiply(
          queries + first * rowWidth + head * headWidth, stride: rowWidth,
          rows: tile.queries.count, into: scores, stride: span.count,
          scratch: scratch + room.strips)
        unsafe weigh(scores, tile.queries, tile, span, factors)
        for row in 0..<tile.queries.count {
          let target = unsafe sums + (first + row) * width + span.lowerBound
          let source = unsafe scores + row * span.count
          let share = unsafe factors[row] / Float(heads)
          for key in 0..<span.count { unsafe target[key] += share * source[key] }
        }
      }
    }
  }

  /// Turns the scores of some queries into numerators of weights: soft cap, mask, exponentials, zeros for unseen
  /// keys. What these have to be multiplied with goes to `factors`.
  private func weigh(
    _ scores: UnsafeMutablePointer<Float>, _ queries: Range<Int>, _ tile: Tile,
    _ span: Range<Int>, _ factors: UnsafeMutablePointer<Float>
  ) {
    for (index, query) in queries.enumerated() {
      let row = unsafe scores + index * span.count
      let seen = visible(query, tile)
      let (first, count) = (seen.lowerBound - span.lowerBound, seen.count)
      if let softCap {
        unsafe ll_scale(row + first, scale, count)
        unsafe ll_soft_cap(row + first, softCap, count)
      }
      let sum = unsafe ll_softmax_numerators(row + first, softCap == nil ? scale : 1, count)
      unsafe factors[index] = 1 / sum
      unsafe row.update(repeating: 0, count: first)
      unsafe (row + first + count).update(repeating: 0, count: span.count - first - count)
    }
  }

  /// The keys that a query of a tile sees, counted from the first of its sequence.
  private func visible(_ query: Int, _ tile: Tile) -> Range<Int> {
    let position = tile.earlier + query
    let end =
      mask == .causal
      ? min(Segments.sight(from: position, mutual: tile.mutual), tile.keys) : tile.keys
    let first = window.map { max(0, position - $0 + 1) } ?? 0
    return first..<end
  }

  /// The keys that any query of a tile sees, from a whole block of depth on, so that sums over keys
  /// are cut at the same places for every tile.
  private func visible(_ tile: Tile) -> Range<Int> {
    let depth = multiplication.depth
    let first = visible(tile.queries.lowerBound, tile).lowerBound / depth * depth
    return first..<visible(tile.queries.upperBound - 1, tile).upperBound
  }
}

/// Some queries of one sequence, in the heads that share a key-value head.
private struct Tile {
  /// As many queries as are scored at once.
  static let queries = 60
  /// The tiles that each thread has at least, where there are queries enough.
  static let perThread = 6

  /// The key-value head.
  let head: Int
  /// The sequence's first row among the queries, and among keys and values.
  let row: Int
  let keyRow: Int
  /// The number of keys before that of the first query, and of all keys.
  let earlier: Int
  let keys: Int
  /// Positions that see each other whatever the mask.
  let mutual: [Range<Int>]
  /// Queries, counted from the sequence's first.
  let queries: Range<Int>
}

/// Where a worker's scratch memory holds what, in floats from its beginning.
private struct Room {
  let keys = 0
  let values: Int
  let scores: Int
  let factors: Int
  let strips: Int
  let count: Int

  init(keys most: Int, headWidth: Int, _ multiplication: any Multiplication) {
    values = multiplication.rightSize(columns: most, depth: headWidth)
    scores = values + multiplication.rightSize(columns: headWidth, depth: most)
    factors = scores + Tile.queries * most
    strips = factors + Tile.queries
    count = strips + RightFactor.scratch(rows: Tile.queries, multiplication)
  }
}
