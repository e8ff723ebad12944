internal import CLatentLensBLAS
internal import LatentLensTensors

extension Arithmetic {
  /// Products of 32-bit floats by OpenBLAS, for processors that our own kernels do not know.
  public static let blas = Arithmetic(
    "blas", summary: "the reference by OpenBLAS", isAvailable: true, tolerance: 1e-4,
    BLASMultiplication())
}

/// OpenBLAS, one thread at a time: parallelism is over tiles, so that it cannot change results. It packs
/// for itself; factors are given to it without gaps, the right one as `[columns, depth]`.
struct BLASMultiplication: FloatMultiplication {
  let depth = Tiles.depth

  /// The version of OpenBLAS and the processor whose kernels it has taken, such as `OpenBLAS 0.3.21 SkylakeX`.
  var library: String? {
    // Both are texts of the library that last as long as it does; the first begins with its name and version.
    let configuration = unsafe String(cString: openblas_get_config()).split(separator: " ")
    let processor = unsafe String(cString: openblas_get_corename())
    return (configuration.prefix(2) + [processor[...]]).joined(separator: " ")
  }

  init() {
    openblas_set_num_threads(1)
    requireMemoryForBLAS()
  }

  func leftSize(rows: Int, depth: Int) -> Int { rows * depth }

  func packLeft(
    _ source: UnsafePointer<Float>, stride: Int, rows: Int, depth: Int,
    into out: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows {
      unsafe (out + row * depth).update(from: source + row * stride, count: depth)
    }
  }

  func rightSize(columns: Int, depth: Int) -> Int { columns * depth }
  let rightScratch = 0

  func packRight(
    _ weight: Weight, rows: Range<Int>, columns: Range<Int>,
    into out: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>,
    squares: UnsafeMutablePointer<Float>?
  ) {
    unsafe weight.decode(rows: rows, columns: columns, into: out, squares: squares)
  }

  func packRight(
    _ source: UnsafePointer<Float>, stride: Int, columns: Int, depth: Int, transposed: Bool,
    into out: UnsafeMutablePointer<Float>
  ) {
    guard columns > 0, depth > 0 else { return }
    let (rows, width) = transposed ? (columns, depth) : (depth, columns)
    unsafe cblas_somatcopy(
      CblasRowMajor, transposed ? CblasNoTrans : CblasTrans, blasint(rows), blasint(width), 1,
      source, blasint(stride), out, blasint(depth))
  }

  func multiply(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, rows: Int, columns: Int,
    depth: Int, into out: UnsafeMutablePointer<Float>, stride: Int,
    initial: UnsafePointer<Float>?, accumulate: Bool
  ) {
    if !accumulate {
      for row in 0..<rows {
        let target = unsafe out + row * stride
        if let initial = unsafe initial {
          unsafe target.update(from: initial, count: columns)
        } else {
          unsafe target.update(repeating: 0, count: columns)
        }
      }
    }
    guard rows > 0, columns > 0, depth > 0 else { return }
    unsafe cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, blasint(rows), blasint(columns), blasint(depth), 1,
      left, blasint(depth), right, blasint(depth), 1, out, blasint(stride))
  }
}
