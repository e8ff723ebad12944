import CLatentLensKernels
import Foundation
import LatentLensKernels
import LatentLensTensors
import Testing

/// Screening in 8-bit numbers: its kernels against their definitions, and what it finds against looking at
/// everything in doubles.
@Suite struct ScreenTests {
  /// Rows that are hard for a bound, by name.
  private static func rows(_ kind: String, count: Int, width: Int) -> Matrix {
    var random = Randomness(7)
    var rows = random.matrix(count, width)
    switch kind {
    case "crowded":
      // As states of an anisotropic decoder are: any two have a cosine of 0.98.
      for row in 0..<count { rows[row, 0] += 40 }
    case "near ties":
      // A handful of rows, over and over, each time off by a few units of the last place.
      for row in 0..<count {
        for column in 0..<width {
          rows[row, column] = rows[row % 11, column] * (1 + Float(row % 5) * 6e-8)
        }
      }
    case "twice":
      for row in count / 2..<count {
        for column in 0..<width { rows[row, column] = rows[row - count / 2, column] }
      }
    case "outliers":
      for row in 0..<count {
        rows[row, 3] *= 1000
        if row % 3 == 0 { rows[row, 9] = 1e6 }
      }
    case "zeros":
      for row in stride(from: 0, to: count, by: 2) {
        for column in 0..<width { rows[row, column] = 0 }
      }
    case "sizes":
      for row in 0..<count {
        for column in 0..<width { rows[row, column] *= powf(10, Float(row % 41) - 20) }
      }
    default: break
    }
    return rows
  }

  private static func unit(_ vector: [Float]) -> [Double] {
    let norm = vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    return vector.map { Double($0) / max(norm, 1e-12) }
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// All scores of a query, in doubles.
  private static func scores(
    _ query: [Float], _ rows: borrowing Matrix, without common: CommonPart?
  ) -> [Double] {
    let query = unit(query)
    return (0..<rows.rows).map { number in
      var row = unit(rows.row(number))
      guard let common else { return dot(query, row) }
      for column in row.indices { row[column] -= Double(common.mean[column]) }
      for direction in common.directions.map({ $0.map(Double.init) }) {
        let share = dot(row, direction)
        for column in row.indices { row[column] -= share * direction[column] }
      }
      return dot(query, row) / max(dot(row, row).squareRoot(), 1e-6)
    }
  }

  @Test(
    arguments: ["plain", "crowded", "near ties", "twice", "outliers", "zeros", "sizes"],
    [Encoding.f32, .bf16, .i8])
  func theNearestAreThoseOfAllScores(kind: String, type: Encoding) {
    let (count, width) = (1500, 85)
    let bytes = Self.rows(kind, count: count, width: width).encoded(as: type).bytes
    let rows = Weight(name: "rows", bytes: bytes, encoding: type, shape: [count, width])
    let stored = Matrix(rows: count, columns: width, values: rows.floats())
    var random = Randomness(3)
    var queries = random.matrix(24, width)
    // Some of them are rows, or nearly, and one is nothing.
    for query in 0..<12 {
      for column in 0..<width {
        queries[query, column] = stored[query * 7, column] * (1 + 1e-3 * queries[query, column])
      }
    }
    for column in 0..<width { queries[23, column] = 0 }
    let common = CommonPart(of: rows, directions: 2)
    for (measure, center, taken) in [
      (Measure.cosine, nil, nil), (.cosine, common.mean, nil),
      (.cosineWithout(common.keeping(0)), nil, common.keeping(0)),
      (.cosineWithout(common), nil, common),
    ] {
      let found = nearest(
        queries, among: rows, k: 7, measure: measure, center: center, compute: Compute(threads: 1))
      for threads in [2, 3] {
        let again = nearest(
          queries, among: rows, k: 7, measure: measure, center: center,
          compute: Compute(threads: threads))
        #expect(again == found)
      }
      for (query, neighbours) in found.enumerated() {
        let all = Self.scores(queries.row(query), stored, without: taken)
        let best = all.enumerated().sorted {
          $0.element != $1.element ? $0.element > $1.element : $0.offset < $1.offset
        }
        #expect(neighbours.count == 7)
        for (neighbour, expected) in zip(neighbours, best) {
          // Doubles by another way differ in their last places alone; what is left of a row may be tiny.
          let bound = taken == nil ? 1e-13 : 1e-10
          #expect(all[neighbour.row] >= expected.element - bound, "\(kind) \(type) \(query)")
          #expect(abs(Double(neighbour.score) - all[neighbour.row]) < 1e-7)
        }
        for (one, other) in zip(neighbours, neighbours.dropFirst())
        where all[one.row] == all[other.row] { #expect(one.row < other.row) }
        #expect(Set(neighbours.map(\.row)).count == 7)
      }
    }
  }

  @Test func noNumberNeverWins() {
    var rows = Self.rows("plain", count: 1100, width: 40)
    for row in 0..<1090 { rows[row, row % 40] = .nan }
    let weight = Weight(name: "rows", floats: rows.values(), shape: [1100, 40])
    var random = Randomness(3)
    let found = nearest(
      random.matrix(16, 40), among: weight, k: 4, measure: .cosine, compute: Compute(threads: 2))
    for neighbours in found { #expect(neighbours.allSatisfy { $0.row >= 1090 }) }
  }

  private typealias Rounding = (_ steps: inout [UInt8], _ row: [Float], _ told: inout [Float]) ->
    Void

  /// Those that this processor has.
  private static var roundings: [Rounding] {
    var all: [Rounding] = [
      { unsafe ll_quantize(&$0, $1, $1.count, 128, &$2) },
      { unsafe ll_quantize_plain(&$0, $1, $1.count, 128, &$2) },
      { unsafe ll_quantize_baseline(&$0, $1, $1.count, 128, &$2) },
    ]
    if ll_best_isa().rawValue >= LL_AVX2.rawValue {
      all.append { unsafe ll_quantize_avx2(&$0, $1, $1.count, 128, &$2) }
    }
    if ll_best_isa() == LL_AVX512 {
      all.append { unsafe ll_quantize_avx512(&$0, $1, $1.count, 128, &$2) }
    }
    return all
  }

  /// A rounded row is off by what it says, and no more than half a step anywhere.
  @Test(arguments: [0, 1, 15, 16, 17, 300])
  func roundingSaysWhatItLost(count: Int) {
    var random = Randomness()
    for scale in [0, 1e-38, 1e-12, 1, 1e20] as [Float] {
      let row = random.floats(count).map { $0 * scale }
      for kernel in Self.roundings {
        var steps = [UInt8](repeating: 7, count: count)
        var told: [Float] = [0, 0, 0]
        kernel(&steps, row, &told)
        let whole = steps.map { Int($0) - 128 }
        #expect(whole.allSatisfy { abs($0) <= 127 } && Float(whole.reduce(0, +)) == told[2])
        let lost = zip(row, whole).map { Double($0) - Double(told[0]) * Double($1) }
        let length = lost.reduce(0) { $0 + $1 * $1 }.squareRoot()
        // Of numbers that are whole steps, what is lost is rounding itself.
        let size = row.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        #expect(abs(length - Double(told[1])) <= 1e-5 * length + 3e-7 * size + 1e-30)
        #expect(lost.allSatisfy { abs($0) <= 0.5001 * Double(told[0]) })
      }
    }
  }

  @Test func wholeProductsAreExact() {
    let native = ll_has_i8()
    let narrow = ll_has_i8_avx2()
    var random = Randomness()
    for (rows, columns, depth) in [
      (0, 5, 3), (1, 1, 1), (12, 32, 7), (13, 33, 256), (25, 128, 21), (7, 17, 40), (40, 100, 3),
    ] {
      let left = (0..<rows * depth * 4).map { _ in UInt8.random(in: 0...255, using: &random) }
      let right = (0..<columns * depth * 4).map { _ in Int8.random(in: -127...127, using: &random) }
      let (a, b) = (Self.words(left), Self.words(right.map { UInt8(bitPattern: $0) }))
      var packedA = [Float](repeating: 0, count: rows * depth)
      var packedB = [Float](repeating: 0, count: (columns + 31) / 32 * 32 * depth)
      unsafe (native ? ll_pack_left : ll_pack_left_plain)(&packedA, a, depth, rows, depth)
      unsafe (native ? ll_pack_right : ll_pack_right_plain)(&packedB, b, depth, columns, depth)
      var (narrowA, narrowB) = (packedA, packedB)
      unsafe ll_pack_left_avx2(&narrowA, a, depth, rows, depth)
      unsafe ll_pack_right_avx2(&narrowB, b, depth, columns, depth)
      for (start, isNarrow) in [(nil, false), (5, false), (nil, true), (5, true)]
        as [(Int32?, Bool)]
      where narrow || !isNarrow {
        var found = [Int32](repeating: start ?? 99, count: rows * columns)
        unsafe (isNarrow ? ll_multiply_packed_i8_avx2 : ll_multiply_packed_i8)(
          &found, columns, isNarrow ? narrowA : packedA, isNarrow ? narrowB : packedB, rows,
          columns,
          depth, start != nil)
        for row in 0..<rows {
          for column in 0..<columns {
            let sum = (0..<4 * depth).reduce(0) {
              $0 + Int(left[row * 4 * depth + $1]) * Int(right[column * 4 * depth + $1])
            }
            #expect(Int(found[row * columns + column]) == sum + Int(start ?? 0))
          }
        }
      }
    }
  }

  private static func words(_ bytes: [UInt8]) -> [Float] {
    stride(from: 0, to: bytes.count, by: 4).map { place in
      Float(
        bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * UInt32($1)) })
    }
  }

  @Test(arguments: [0, 1, 15, 16, 17, 300])
  func longSumsAreExact(count: Int) {
    var random = Randomness()
    let (a, b) = (random.floats(count), random.floats(count))
    let expected = zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    for found in [
      unsafe ll_dot_exact(a, b, count), unsafe ll_dot_exact_plain(a, b, count),
      unsafe ll_dot_exact_baseline(a, b, count),
    ] { #expect(abs(found - expected) < 1e-12) }
  }

  @Test(arguments: [0, 1, 16, 31, 128])
  func thosePassThatReachTheFloor(count: Int) {
    var random = Randomness()
    let products = (0..<count).map { _ in Int32.random(in: -1_000_000...1_000_000, using: &random) }
    var rows = (0..<6).map { _ in random.floats(count, in: 0...1) }
    rows[0] = rows[0].map { ($0 * 100).rounded() }
    if count > 20 { rows[3][17] = .infinity }
    let query: [Float] = [1e-5, 0.3, 0.2, 0.1, -0.2]
    var expected: [UInt32] = []
    var bounds = [Float](repeating: 0, count: count)
    for index in 0..<count {
      let whole = Float(products[index] - 128 * Int32(rows[0][index]))
      bounds[index] = whole * query[0] * rows[1][index]
      for part in [4, 1, 2, 3] { bounds[index] += query[part] * rows[part + 1][index] }
      if bounds[index] >= 0.5 { expected.append(UInt32(index)) }
    }
    let flat = rows.flatMap(\.self)
    unsafe flat.withUnsafeBufferPointer { flat in
      let parts = unsafe (0..<6).map { part in
        unsafe flat.baseAddress.map { unsafe UnsafePointer($0 + part * count) }
      }
      for variant in 0..<3 {
        var passed = [UInt32](repeating: 0, count: count + 1)
        var told = [Float](repeating: 0, count: count + 1)
        let kernel = unsafe [ll_screen, ll_screen_plain, ll_screen_baseline][variant]
        // The largest terms that there can be, where one is infinite all pass the first look.
        let most: Float = count > 20 ? .infinity : 0.6
        let kept = unsafe kernel(&told, &passed, products, parts, query, most, 0.5, count)
        #expect(Array(passed.prefix(kept)) == expected)
        for (index, bound) in zip(expected, told) {
          #expect(bound == bounds[Int(index)] || abs(bound - bounds[Int(index)]) < 1e-5)
        }
      }
    }
  }
}
