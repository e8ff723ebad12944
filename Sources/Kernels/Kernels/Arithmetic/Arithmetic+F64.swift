internal import LatentLensTensors

extension Arithmetic {
  /// Products of 32-bit floats with 64-bit sums, term after term: what is left of a deviation under it is
  /// no rounding.
  public static let f64 = Arithmetic(
    "f64", summary: "the reference with 64-bit sums, which is slow and tells rounding from error",
    isAvailable: true, tolerance: 1e-4, WideMultiplication())
}

/// Sums in 64 bits within a block of depth, over factors without gaps.
struct WideMultiplication: FloatMultiplication {
  /// Packs as OpenBLAS takes factors: row by row, the right one as `[columns, depth]`.
  private let packing = BLASMultiplication()

  var depth: Int { packing.depth }
  func leftSize(rows: Int, depth: Int) -> Int { packing.leftSize(rows: rows, depth: depth) }
  var leftScratch: Int { packing.leftScratch }
  func rightSize(columns: Int, depth: Int) -> Int {
    packing.rightSize(columns: columns, depth: depth)
  }
  var rightScratch: Int { packing.rightScratch }

  func packLeft(
    _ source: UnsafePointer<Float>, stride: Int, rows: Int, depth: Int,
    into out: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    unsafe packing.packLeft(
      source, stride: stride, rows: rows, depth: depth, into: out, scratch: scratch)
  }

  func packRight(
    _ weight: Weight, rows: Range<Int>, columns: Range<Int>,
    into out: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>,
    squares: UnsafeMutablePointer<Float>?
  ) {
    unsafe packing.packRight(
      weight, rows: rows, columns: columns, into: out, scratch: scratch, squares: squares)
  }

  func packRight(
    _ source: UnsafePointer<Float>, stride: Int, columns: Int, depth: Int, transposed: Bool,
    into out: UnsafeMutablePointer<Float>
  ) {
    unsafe packing.packRight(
      source, stride: stride, columns: columns, depth: depth, transposed: transposed, into: out)
  }

  func multiply(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, rows: Int, columns: Int,
    depth: Int, into out: UnsafeMutablePointer<Float>, stride: Int,
    initial: UnsafePointer<Float>?, accumulate: Bool
  ) {
    for row in 0..<rows {
      for column in 0..<columns {
        // The caller lends both packed factors, and as many places of `out`.
        let place = row * stride + column
        let start = accumulate ? unsafe out[place] : unsafe initial?[column] ?? 0
        var sum = Double(start)
        for index in 0..<depth {
          sum += unsafe Double(left[row * depth + index]) * Double(right[column * depth + index])
        }
        unsafe out[place] = Float(sum)
      }
    }
  }
}
