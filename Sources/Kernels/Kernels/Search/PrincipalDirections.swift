internal import CLatentLensBLAS
internal import LatentLensTensors

/// The eigenvectors of the largest eigenvalues of `rowsᵀ · rows`, the largest first, each of length 1 and with
/// its largest element positive; fewer than `count` where rows vary in fewer directions.
///
/// In 64-bit floats, by LAPACK on the smaller of both products of rows with themselves. Where there are more rows than
/// columns, no more than a slice of rows is held at a time.
/// - Parameter rows: makes the rows of a range, `[range.count, width]`.
func principalDirections(
  of height: Int, width: Int, count: Int, rows: (Range<Int>) -> Matrix
) -> [[Float]] {
  guard height > 0, width > 0, count > 0 else { return [] }
  // The sums must not depend on how many threads there are.
  openblas_set_num_threads(1)
  requireMemoryForBLAS()
  let isTall = height >= width
  let side = min(height, width)
  var gram = [Double](repeating: 0, count: side * side)
  func add(_ part: [Double], _ columns: Int) {
    unsafe cblas_dsyrk(
      CblasRowMajor, CblasLower, isTall ? CblasTrans : CblasNoTrans, blasint(side),
      blasint(columns), 1, part, blasint(isTall ? width : columns), 1, &gram, blasint(side))
  }
  // A slice at a time, since the rows are there in 32 bits alone.
  let wide = isTall ? Matrix(rows: 0, columns: 0) : rows(0..<height)
  for first in stride(from: 0, to: isTall ? height : width, by: 1024) {
    let slice = first..<min(first + 1024, isTall ? height : width)
    let part = isTall ? rows(slice) : wide.columns(slice)
    add(unsafe part.withUnsafeElements { unsafe $0.map(Double.init) }, slice.count)
  }
  let trace = (0..<side).reduce(0) { $0 + gram[$1 * side + $1] }
  var directions: [[Float]] = []
  for (value, vector) in largestEigenvectors(of: &gram, side: side, count: min(count, side))
  where value > 1e-12 * trace {
    // One of `rows · rowsᵀ` says how much of each row is in the direction.
    directions.append(direction(isTall ? vector : sum(of: wide, weighed: vector)))
  }
  return directions
}

private func sum(of rows: borrowing Matrix, weighed weights: [Double]) -> [Double] {
  var sum = [Double](repeating: 0, count: rows.columns)
  for row in 0..<rows.rows {
    for (column, value) in rows.row(row).enumerated() {
      sum[column] += weights[row] * Double(value)
    }
  }
  return sum
}

/// A vector made unit, its largest element positive.
private func direction(_ vector: [Double]) -> [Float] {
  let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
  let largest = vector.max { abs($0) < abs($1) } ?? 1
  return vector.map { Float($0 / (largest < 0 ? -length : length)) }
}

/// The eigenvectors of the largest eigenvalues of a symmetric matrix, of which the lower half is given by rows;
/// it is overwritten.
private func largestEigenvectors(
  of matrix: inout [Double], side: Int, count: Int
) -> [(value: Double, vector: [Double])] {
  var (n, first, last) = (blasint(side), blasint(side - count + 1), blasint(side))
  var (none, found, failure) = (0.0, blasint(0), blasint(0))
  var values = [Double](repeating: 0, count: side)
  var vectors = [Double](repeating: 0, count: side * count)
  var support = [blasint](repeating: 0, count: 2 * count)
  // What LAPACK asks for at least; what is the lower half by rows is the upper half by columns.
  var (size, integers) = (blasint(26 * side), blasint(10 * side))
  var work = [Double](repeating: 0, count: Int(size))
  var integerWork = [blasint](repeating: 0, count: Int(integers))
  unsafe dsyevr_(
    "V", "I", "U", &n, &matrix, &n, &none, &none, &first, &last, &none, &found, &values, &vectors,
    &n, &support, &work, &size, &integerWork, &integers, &failure, 1, 1, 1)
  guard failure == 0 else { return [] }
  return (0..<Int(found)).reversed().map { number in
    (values[number], Array(vectors[number * side..<(number + 1) * side]))
  }
}
