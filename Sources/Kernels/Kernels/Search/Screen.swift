internal import CLatentLensKernels
internal import LatentLensTensors

/// A search that looks at all rows in 8-bit numbers first, and computes exactly for those alone that may be among
/// the nearest.
///
/// With a row r made unit, c a point that rows crowd around, v = r - c what is left of it, and q a unit query:
/// q·r = q·c + q·v. Rounded to whole steps, q = q̂ + e and v = v̂ + f, so that
///
///     |q·v - q̂·v̂| = |q̂·f + e·v| ≤ |q̂| |f| + |e| |v|   (Cauchy and Schwarz),
///
/// all of which are known when both have been rounded. Since queries lie near the crowd themselves, it is not q that is
/// rounded but q - ac, which is shorter, with a = q·c / c·c; a (c·v) is added as it is. A row whose score plus this bound is below the worst of
/// the best so far cannot be among them. All others are computed in 64-bit floats, so that the answer is that of
/// a search that looks at every row so.
struct Screen: ~Copyable {
  private let rows: Weight
  private let measure: ExactMeasure
  private let count: Int
  /// How many 32-bit words hold a row of 8-bit numbers.
  private let words: Int
  private let packed: PackedRows
  /// Five figures of each query, as `ll_screen` takes them.
  private let figures: [Float]
  /// The queries, unit, without what is taken away; and what their products with rows miss.
  private let unit: Matrix
  private let offsets: [Float]
  private let center: [Float]
  private let directions: [[Float]]

  private static let figures = 5
  /// How many words are multiplied before sums go back to memory: a panel's strip of them and one of the queries fit
  /// into the first cache.
  private static let depth = Tiles.depth / 2
  /// By how much a score may be off that is computed in 32-bit floats.
  private static let almost: Float = 3e-5
  /// What 32-bit floats may have added to a bound in all: sums of numbers of size 1.
  private static let rounding: Float = 4e-6
  /// By how much the square of a length may be off, from which the shares of directions were taken.
  private static let orthonormality: Float = 1e-6

  /// Whether screening is possible here, and gains anything: rows have to be rounded first.
  static func pays(queries: Int, rows: Weight, measure: Measure) -> Bool {
    measure != .dot && ll_has_i8() && queries >= 16 && rows.shape[0] >= 1024
      && rows.shape[1] >= 32
  }

  /// - Parameter center: a point that unit rows crowd around, if one is known: the nearer they are, the fewer have
  ///   to be computed twice.
  init(
    _ queries: borrowing Matrix, among rows: Weight, measure: Measure, center: [Float]?,
    compute: Compute
  ) {
    self.rows = rows
    count = queries.rows
    let width = queries.columns
    words = (width + 3) / 4
    // In 64 bits no square of a length is too large or too small.
    var unit = queries.copy()
    for query in 0..<count {
      let row = unsafe unit.base + query * width
      unsafe ll_scale(row, Self.inverseLength(row, width), width)
    }
    let directions: [[Float]]
    let point: [Float]
    // What a query's product with what is left of a row misses, and that with a row as it stands.
    var (missing, offsets) = ([Float](repeating: 0, count: count), [Float]())
    if case .cosineWithout(let common) = measure {
      (point, directions) = (common.mean, common.directions)
      unit.project(awayFrom: directions)
      offsets = Self.products(unit, point).map { -$0 }
    } else {
      (point, directions) = (center ?? [], [])
      offsets = missing
      if !point.isEmpty { missing = Self.products(unit, point) }
    }
    let whole = Matrix(rows: count, columns: words)
    var figures = [Float](repeating: 0, count: Self.figures * count)
    var told: [Float] = [0, 0, 0]
    var rest = unit.copy()
    let shares = rest.removeShares(of: point)
    // By how much c·v may be off, in 32 bits, and q - ac: over the lengths of c and v.
    let along = Float(width / 64 + 16) * Float.ulpOfOne
    let distance = unsafe ll_dot(point, point, point.count).squareRoot()
    for query in 0..<count {
      let row = unsafe rest.base + query * width
      unsafe ll_quantize(whole.base + query * words, row, width, 128, &told)
      let (step, error) = (told[0], told[1])
      let length = unsafe ll_dot(row, row, width).squareRoot()
      figures[Self.figures * query] = step
      figures[Self.figures * query + 1] = missing[query] + Self.rounding
      figures[Self.figures * query + 2] = length + error
      figures[Self.figures * query + 3] = error + along * abs(shares[query]) * distance
      figures[Self.figures * query + 4] = shares[query]
    }
    self.center = point.map { -$0 }
    self.directions = directions
    self.offsets = offsets
    self.figures = figures
    self.measure = ExactMeasure(measure, queries)
    packed = PackedRows(whole, F32Multiplication(), depth: Self.depth, compute: compute)
    self.unit = unit
  }

  private static func products(_ rows: borrowing Matrix, _ vector: [Float]) -> [Float] {
    (0..<rows.rows).map { unsafe ll_dot(rows.base + $0 * rows.columns, vector, vector.count) }
  }

  /// Looks at all rows.
  ///
  /// - Parameters:
  ///   - floors: for each query a score below which nothing is wanted.
  /// - Returns: for each query its best rows, best first.
  func search(k: Int, floors: [Float]?, compute: Compute) -> [[ExactScore]] {
    let room = Room(words: words, width: rows.shape[1])
    let panels = (rows.shape[0] + Tiles.panelRows - 1) / Tiles.panelRows
    let parts = unsafe compute.parallel(
      panels, scratch: room.count,
      from: Finalists(queries: count, k: k, floors: Floors(queries: count, from: floors))
    ) { index, scratch, finalists in
      let first = index * Tiles.panelRows
      let panel = first..<min(first + Tiles.panelRows, rows.shape[0])
      unsafe round(panel, room, scratch)
      for block in stride(from: 0, to: count, by: Tiles.blockRows) {
        let queries = block..<min(block + Tiles.blockRows, count)
        unsafe multiply(queries, panel.count, room, scratch)
        for query in queries {
          unsafe screen(query, of: queries, panel, room, scratch, &finalists)
        }
      }
    }
    return Finalists.merge(parts, queries: count, k: k)
  }

  /// What makes a row unit.
  private static func inverseLength(_ row: UnsafePointer<Float>, _ width: Int) -> Float {
    Float(1 / max(unsafe ll_dot_exact(row, row, width).squareRoot(), 1e-12))
  }

  /// Rounds the rows of a panel and packs them; notes six figures of each, as `ll_screen` takes them.
  private func round(
    _ panel: Range<Int>, _ room: Room, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let width = rows.shape[1]
    let (row, whole) = unsafe (scratch + room.row, scratch + room.whole)
    let figures = unsafe scratch + room.figures
    var told: [Float] = [0, 0, 0]
    for (place, number) in panel.enumerated() {
      unsafe rows.decode(rows: number..<number + 1, columns: 0..<width, into: row)
      let inverse = unsafe Self.inverseLength(row, width)
      let squared = unsafe center.withUnsafeBufferPointer {
        unsafe ll_shift(row, inverse, center.isEmpty ? nil : $0.baseAddress, width)
      }
      var left = squared
      for direction in directions {
        let share = unsafe ll_dot(row, direction, width)
        left -= share * share
      }
      let target = unsafe whole + place * words
      unsafe target[words - 1] = 0
      unsafe ll_quantize(target, row, width, 0, &told)
      // Where something is taken away, a score is divided by the length of what is left, which rounding has moved by
      // some share. Where little is left this says nothing, and the row is always computed.
      let share = center.isEmpty ? 0 : -(unsafe ll_dot(row, center, width))
      let isKnown = !measure.isDivided || left > 1e-3
      let factor = measure.isDivided ? 1 / left.squareRoot() : 1
      let known: [Float] = [
        told[2], told[0] * factor,
        measure.isDivided ? factor + Self.orthonormality / left / Self.rounding : 1,
        told[1] * factor, squared.squareRoot() * factor, share * factor,
      ]
      for part in known.indices {
        unsafe figures[part * Tiles.panelRows + place] =
          isKnown ? known[part] : part == 3 ? .infinity : 0
      }
      // For a second look in 32-bit floats: what a row's product is multiplied with, and by how much that is off.
      unsafe figures[6 * Tiles.panelRows + place] = inverse
      unsafe figures[7 * Tiles.panelRows + place] = isKnown ? factor : .nan
      unsafe figures[8 * Tiles.panelRows + place] =
        Self.almost * factor + (measure.isDivided ? Self.orthonormality / left : 0)
    }
    let extremes = unsafe scratch + room.extremes
    for (place, part) in [2, 2, 3, 4].enumerated() {
      let column = unsafe UnsafeBufferPointer(
        start: figures + part * Tiles.panelRows, count: panel.count)
      unsafe extremes[place] = (place == 0 ? column.min() : column.max()) ?? 0
    }
    for first in stride(from: 0, to: words, by: Self.depth) {
      unsafe ll_pack_right(
        scratch + room.packed + first * Tiles.padded(panel.count), whole + first, words,
        panel.count, min(Self.depth, words - first))
    }
  }

  /// What the terms of a query's bound that are no product come to at most, for any row of a panel.
  private func most(_ query: Int, _ extremes: UnsafePointer<Float>) -> Float {
    let own = figures[Self.figures * query..<Self.figures * (query + 1)]
    let missing = own[own.startIndex + 1]
    return unsafe missing * extremes[missing < 0 ? 0 : 1] + own[own.startIndex + 2] * extremes[2]
      + own[own.startIndex + 3] * extremes[3] + Self.rounding
  }

  /// Multiplies some queries with a panel that is packed.
  private func multiply(
    _ queries: Range<Int>, _ columns: Int, _ room: Room, _ scratch: UnsafeMutablePointer<Float>
  ) {
    for first in stride(from: 0, to: words, by: Self.depth) {
      unsafe (scratch + room.products).withMemoryRebound(
        to: Int32.self, capacity: Tiles.blockRows * Tiles.panelRows
      ) {
        unsafe ll_multiply_packed_i8(
          $0, columns, packed.block(row: queries.lowerBound, depth: first),
          scratch + room.packed + first * Tiles.padded(columns), queries.count, columns,
          min(Self.depth, words - first), first > 0)
      }
    }
  }

  /// Whether a score in 32-bit floats tells that a row is not among the best.
  private func isBelow(
    _ floor: Float, _ query: Int, _ row: Int, _ figures: UnsafePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) -> Bool {
    let product = unsafe rows.dot(
      unit.base + query * rows.shape[1], row: row, scratch: scratch)
    let inverse = unsafe figures[6 * Tiles.panelRows]
    let factor = unsafe figures[7 * Tiles.panelRows]
    let error = unsafe figures[8 * Tiles.panelRows]
    return (product * inverse + offsets[query]) * factor + error < floor
  }

  /// Computes the scores that may be among a query's best.
  private func screen(
    _ query: Int, of queries: Range<Int>, _ panel: Range<Int>, _ room: Room,
    _ scratch: UnsafeMutablePointer<Float>, _ finalists: inout Finalists
  ) {
    let (bounds, row) = unsafe (scratch + room.bounds, scratch + room.row)
    let figures = unsafe scratch + room.figures
    let parts = unsafe (0..<6).map {
      unsafe Optional(UnsafePointer(figures + $0 * Tiles.panelRows))
    }
    let passed = unsafe UnsafeMutableRawPointer(scratch + room.passed)
      .assumingMemoryBound(to: UInt32.self)
    let exact = unsafe UnsafeMutableRawPointer(scratch + room.exact)
      .assumingMemoryBound(to: Double.self)
    let products = unsafe UnsafeRawPointer(
      scratch + room.products + (query - queries.lowerBound) * panel.count
    ).assumingMemoryBound(to: Int32.self)
    let count = unsafe self.figures.withUnsafeBufferPointer { own in
      unsafe ll_screen(
        bounds, passed, products, parts, own.baseAddress! + Self.figures * query,
        most(query, scratch + room.extremes), finalists.floor(of: query), panel.count)
    }
    guard count > 0 else { return }
    // The most promising first: they raise the floor for the others.
    let order = count == 1 ? [0] : (0..<count).sorted { unsafe bounds[$0] > bounds[$1] }
    for place in order {
      let floor = finalists.floor(of: query)
      if unsafe bounds[place] < floor { break }
      let number = panel.lowerBound + Int(unsafe passed[place])
      if unsafe isBelow(
        floor, query, number, figures + Int(unsafe passed[place]), scratch: row)
      {
        continue
      }
      unsafe rows.decode(rows: number..<number + 1, columns: 0..<rows.shape[1], into: row)
      finalists.offer(
        ExactScore(
          row: number, score: unsafe measure.score(of: query, row, scratch: exact)), to: query)
    }
  }
}

/// Where a worker's scratch memory holds what, in floats from its beginning.
private struct Room {
  /// Of 64-bit floats, so that it comes first.
  let exact = 0
  let row, whole, packed, products, figures, extremes, bounds, passed, count: Int

  init(words: Int, width: Int) {
    row = 2 * width
    whole = row + width
    packed = whole + Tiles.panelRows * words
    products = packed + Tiles.padded(Tiles.panelRows) * words
    figures = products + Tiles.blockRows * Tiles.panelRows
    extremes = figures + 9 * Tiles.panelRows
    bounds = extremes + 4
    passed = bounds + Tiles.panelRows
    count = passed + Tiles.panelRows
  }
}
