import CLatentLensKernels
import Testing

/// Packing and tiles of each instruction set against sums in doubles.
@Suite struct MultiplyKernelTests {
  typealias Pack =
    @Sendable (UnsafeMutablePointer<Float>?, UnsafePointer<Float>?, Int, Int, Int) -> Void
  typealias Multiply =
    @Sendable (
      UnsafeMutablePointer<Float>?, Int, UnsafePointer<Float>?, UnsafePointer<Float>?, Int, Int,
      Int,
      UnsafePointer<Float>?, Bool
    ) -> Void

  /// The steps of a product, which have to be of one variant.
  @safe
  struct Steps {
    let left: Pack
    let right: Pack
    let rightColumns: Pack
    let multiply: Multiply

    /// All steps with factors and result whose rows are some floats apart.
    func product(
      _ a: [Float], _ b: [Float], transposed: Bool, _ shape: Shape, into c: [Float],
      initial: [Float]?
    ) -> [Float] {
      let tiles = Int(LL_TILE_COLUMNS)
      var packedA = Array(repeating: Float.nan, count: shape.rows * shape.depth + 1)
      var packedB = Array(
        repeating: Float.nan, count: (shape.columns + tiles) / tiles * tiles * shape.depth + 1)
      unsafe left(&packedA, a, shape.depth + 3, shape.rows, shape.depth)
      if transposed {
        unsafe right(&packedB, b, shape.depth + 2, shape.columns, shape.depth)
      } else {
        unsafe rightColumns(&packedB, b, shape.columns + 2, shape.columns, shape.depth)
      }
      return unsafe misaligned(c) { c in
        unsafe multiply(
          c, shape.columns + 1, packedA, packedB, shape.rows, shape.columns, shape.depth, initial,
          initial == nil)
      }
    }

    /// The product of `[rows, words]`, each two numbers, and of `[depth, columns]`.
    func columnsProduct(
      _ a: [Float], _ b: [Float], rows: Int, columns: Int, depth: Int
    ) -> [Float] {
      let words = (depth + 1) / 2
      var packedA = Array(repeating: Float.nan, count: rows * words)
      let tiles = Int(LL_TILE_COLUMNS)
      var packedB = Array(
        repeating: Float.nan, count: (columns + tiles - 1) / tiles * tiles * words)
      unsafe left(&packedA, a, words, rows, words)
      unsafe rightColumns(&packedB, b, columns, columns, depth)
      return unsafe misaligned(Array(repeating: 0, count: rows * columns)) { c in
        unsafe multiply(c, columns, packedA, packedB, rows, columns, words, nil, false)
      }
    }
  }

  struct Shape {
    let rows: Int
    let columns: Int
    let depth: Int

    /// What the product has to be; the floats between rows stay as they are.
    func naive(
      _ a: [Float], _ b: [Float], transposed: Bool, into c: [Float], initial: [Float]?
    ) -> [Float] {
      var out = c
      for row in 0..<rows {
        for column in 0..<columns {
          var sum = Double(initial?[column] ?? c[row * (columns + 1) + column])
          for d in 0..<depth {
            let right = transposed ? b[column * (depth + 2) + d] : b[d * (columns + 2) + column]
            sum += Double(a[row * (depth + 3) + d]) * Double(right)
          }
          out[row * (columns + 1) + column] = Float(sum)
        }
      }
      return out
    }
  }

  static var variants: [Steps] {
    let all: [(ll_isa, Steps)] = unsafe [
      (
        LL_BASELINE,
        Steps(
          left: ll_pack_left_plain, right: ll_pack_right_plain,
          rightColumns: ll_pack_right_columns_plain, multiply: ll_multiply_packed_plain)
      ),
      (
        LL_BASELINE,
        Steps(
          left: ll_pack_left, right: ll_pack_right, rightColumns: ll_pack_right_columns,
          multiply: ll_multiply_packed)
      ),
      (
        LL_AVX2,
        Steps(
          left: ll_pack_left_avx2, right: ll_pack_right_avx2,
          rightColumns: ll_pack_right_columns_avx2, multiply: ll_multiply_packed_avx2)
      ),
      (
        LL_AVX512,
        Steps(
          left: ll_pack_left_avx512, right: ll_pack_right_avx512,
          rightColumns: ll_pack_right_columns_avx512, multiply: ll_multiply_packed_avx512)
      ),
    ]
    return all.filter { $0.0.rawValue <= ll_best_isa().rawValue }.map(\.1)
  }

  @Test(arguments: [true, false])
  func productsAgreeForEveryShapeOfTile(transposed: Bool) {
    var random = Randomness()
    let rows = Array(0...14) + [24, 25, 37]
    let columns = [0, 1, 2, 15, 16, 17, 31, 32, 33, 48, 49, 63, 64, 65, 97]
    for (rows, columns) in rows.flatMap({ row in columns.map { (row, $0) } }) {
      for depth in [1, 16, 19] {
        let shape = Shape(rows: rows, columns: columns, depth: depth)
        let a = random.floats(rows * (depth + 3))
        let b = random.floats(max(columns * (depth + 2), depth * (columns + 2)))
        let c = random.floats(rows * (columns + 1))
        for initial in [nil, random.floats(columns)] {
          let expected = shape.naive(a, b, transposed: transposed, into: c, initial: initial)
          for steps in Self.variants {
            let found = steps.product(
              a, b, transposed: transposed, shape, into: c, initial: initial)
            #expect(relativeError(found, expected, floor: 1) < 2e-6, "\(shape)")
          }
        }
      }
    }
  }

  @Test func fullBlocksOfDepthAgree() {
    var random = Randomness()
    for depth in [31, 32, 33, 255, 256] {
      let shape = Shape(rows: 13, columns: 70, depth: depth)
      let (a, b) = (random.floats(13 * (depth + 3)), random.floats(70 * (depth + 2)))
      let c = random.floats(13 * 71)
      let expected = shape.naive(a, b, transposed: true, into: c, initial: nil)
      for steps in Self.variants {
        let found = steps.product(a, b, transposed: true, shape, into: c, initial: nil)
        #expect(relativeError(found, expected) < 2e-6, "depth \(depth)")
      }
    }
  }

  @Test func bf16TilesAgreeWithTheirDefinition() {
    // Without the instructions the entry point is the definition, and takes what that takes.
    let native = ll_has_bf16()
    let steps = unsafe Steps(
      left: native ? ll_pack_left : ll_pack_left_plain,
      right: native ? ll_pack_right : ll_pack_right_plain,
      rightColumns: native ? ll_pack_right_columns : ll_pack_right_columns_plain,
      multiply: ll_multiply_packed_bf16)
    let plain = unsafe Steps(
      left: ll_pack_left_plain, right: ll_pack_right_plain,
      rightColumns: ll_pack_right_columns_plain, multiply: ll_multiply_packed_bf16_plain)
    var random = Randomness()
    func words(_ count: Int) -> [Float] {
      (0..<count).map { _ in
        let low = Float.random(in: -2...2, using: &random).bitPattern >> 16
        let high = Float.random(in: -2...2, using: &random).bitPattern & 0xFFFF_0000
        return Float(bitPattern: high | low)
      }
    }
    for rows in Array(0...13) + [24, 29] {
      for columns in [0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65] {
        let shape = Shape(rows: rows, columns: columns, depth: 21)
        let (a, b) = (words(rows * 24), words(columns * 23))
        let c = random.floats(rows * (columns + 1))
        for initial in [nil, random.floats(columns)] {
          let found = steps.product(a, b, transposed: true, shape, into: c, initial: initial)
          let expected = plain.product(a, b, transposed: true, shape, into: c, initial: initial)
          #expect(relativeError(found, expected, floor: 1) < 2e-6, "\(shape)")
        }
      }
    }
  }

  @Test func bf16ColumnsArePackedAsTheirDefinitionSays() {
    let native = ll_has_bf16()
    let steps = unsafe Steps(
      left: native ? ll_pack_left : ll_pack_left_plain,
      right: native ? ll_pack_right : ll_pack_right_plain,
      rightColumns: ll_pack_right_columns_bf16, multiply: ll_multiply_packed_bf16)
    let plain = unsafe Steps(
      left: ll_pack_left_plain, right: ll_pack_right_plain,
      rightColumns: ll_pack_right_columns_bf16_plain, multiply: ll_multiply_packed_bf16_plain)
    var random = Randomness()
    for depth in [1, 2, 7, 32] {
      for columns in [0, 1, 15, 16, 17, 31, 32, 33, 64, 65] {
        // Of the left factor two numbers are a word, of the right one they are two rows.
        let words = (depth + 1) / 2
        let a = random.floats(5 * words).map {
          Float(bitPattern: $0.bitPattern & 0xFFFF_0000 | 0x3FC0)
        }
        let b = random.floats(depth * columns)
        let found = steps.columnsProduct(a, b, rows: 5, columns: columns, depth: depth)
        let expected = plain.columnsProduct(a, b, rows: 5, columns: columns, depth: depth)
        #expect(relativeError(found, expected, floor: 1) < 2e-6, "\(depth) x \(columns)")
      }
    }
  }
}
