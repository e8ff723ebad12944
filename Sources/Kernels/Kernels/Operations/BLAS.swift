internal import CLatentLensBLAS

/// OpenBLAS, one thread at a time: parallelism is over tiles, so that it cannot change results.
enum BLAS {
  private static let isSingleThreaded: Void = openblas_set_num_threads(1)

  /// Has to be called before the first product.
  static func prepare() { isSingleThreaded }

  /// `c += a · b`, or `a · bᵀ`, of row-major matrices `[m, k]`, `[k, n]` (or `[n, k]`), `[m, n]`.
  static func multiplyAdd(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ aStride: Int,
    _ b: UnsafePointer<Float>, _ bStride: Int, transposed: Bool,
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int
  ) {
    guard m > 0, n > 0, k > 0 else { return }
    unsafe cblas_sgemm(
      CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, Int32(m), Int32(n),
      Int32(k), 1, a, Int32(aStride), b, Int32(bStride), 1, c, Int32(cStride))
  }
}
