internal import CLatentLensKernels
internal import LatentLensTensors

/// The steps of a matrix product: both factors are packed in the order in which a kernel reads them, a
/// block of depth at a time, and blocks are multiplied, with 32-bit sums.
///
/// A product may depend on the shape of its factors alone, never on threads or addresses. Sizes are in
/// floats, whatever is packed in them.
protocol Multiplication: Sendable {
  /// The largest depth of a block: how many elements of a row are multiplied before sums go back to
  /// memory. A multiple of 256, so that blocks of depth are whole blocks of a weight's encoding.
  var depth: Int { get }
  /// What has to be named beside the arithmetic, since it changes the bits of products; nil where nothing does.
  var library: String? { get }

  /// The size of a packed left factor, proportional to the number of rows.
  ///
  /// Rows that follow a multiple of `Tiles.rows` may be packed apart, behind those before them.
  func leftSize(rows: Int, depth: Int) -> Int
  /// Packs a block of the left factor, `[rows, depth]`, whose rows are `stride` floats apart.
  func packLeft(
    _ source: UnsafePointer<Float>, stride: Int, rows: Int, depth: Int,
    into out: UnsafeMutablePointer<Float>)

  /// The size of a packed right factor.
  func rightSize(columns: Int, depth: Int) -> Int
  /// The scratch memory that packing at most `Tiles.panelRows` rows of a weight takes.
  var rightScratch: Int { get }
  /// Packs a rectangle of a weight `[outputs, inputs]`, the right factor of `x · weightᵀ`.
  ///
  /// - Parameter squares: where the sum of the squares of each row's elements is added, if wanted.
  func packRight(
    _ weight: Weight, rows: Range<Int>, columns: Range<Int>,
    into out: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>,
    squares: UnsafeMutablePointer<Float>?)

  /// Writes the product of a packed left factor of a few rows with a rectangle of a weight that is not packed: the same
  /// bits as of the steps above, with the same initial values and sums. False where it cannot: nothing is written.
  func multiply(
    few rows: Int, _ left: UnsafePointer<Float>, _ weight: Weight, rows panel: Range<Int>,
    columns: Range<Int>, into out: UnsafeMutablePointer<Float>, stride: Int,
    initial: UnsafePointer<Float>?, accumulate: Bool, scratch: UnsafeMutablePointer<Float>
  ) -> Bool

  /// Packs a block of activations as the right factor, `[depth, columns]`, or `[columns, depth]` if it is to be
  /// transposed, whose rows are `stride` floats apart.
  func packRight(
    _ source: UnsafePointer<Float>, stride: Int, columns: Int, depth: Int, transposed: Bool,
    into out: UnsafeMutablePointer<Float>)

  /// Writes the product `[rows, columns]` of two packed blocks.
  ///
  /// - Parameters:
  ///   - stride: how many floats the rows of `out` are apart.
  ///   - initial: added to every row, unless null; only where nothing is accumulated.
  ///   - accumulate: whether the product is added to what `out` holds.
  func multiply(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, rows: Int, columns: Int,
    depth: Int, into out: UnsafeMutablePointer<Float>, stride: Int,
    initial: UnsafePointer<Float>?, accumulate: Bool)
}

/// A multiplication whose products are those of 32-bit floats.
protocol FloatMultiplication: Multiplication {}

extension Multiplication {
  var library: String? { nil }

  func multiply(
    few rows: Int, _ left: UnsafePointer<Float>, _ weight: Weight, rows panel: Range<Int>,
    columns: Range<Int>, into out: UnsafeMutablePointer<Float>, stride: Int,
    initial: UnsafePointer<Float>?, accumulate: Bool, scratch: UnsafeMutablePointer<Float>
  ) -> Bool { false }

  /// Where the blocks of a depth begin.
  func blocks(of depth: Int) -> StrideTo<Int> { stride(from: 0, to: depth, by: self.depth) }
}

extension Weight {
  /// Writes a rectangle as floats, row by row without gaps, and adds up the squares of each row.
  func decode(
    rows: Range<Int>, columns: Range<Int>, into out: UnsafeMutablePointer<Float>,
    squares: UnsafeMutablePointer<Float>?
  ) {
    unsafe decode(rows: rows, columns: columns, into: out)
    guard let squares = unsafe squares else { return }
    for row in 0..<rows.count {
      let values = unsafe out + row * columns.count
      unsafe squares[row] += ll_dot(values, values, columns.count)
    }
  }
}
