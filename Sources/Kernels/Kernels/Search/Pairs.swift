internal import CLatentLensKernels
public import LatentLensTensors

/// How well each query matches the one row that is paired with it: what `nearest` would say of that row.
///
/// - Parameters:
///   - queries: `[n, width]`, of any length: for cosines they are made unit here.
///   - numbers: a row for each query.
///   - rows: `[count, width]`.
/// - Returns: a score for each query.
public func scores(
  _ queries: borrowing Matrix, with numbers: [Int], of rows: Weight, measure: Measure
) -> [Float] {
  precondition(
    rows.shape.count == 2 && rows.shape[1] == queries.columns && numbers.count == queries.rows
      && numbers.allSatisfy { 0..<rows.shape[0] ~= $0 },
    "\(rows.name): \(numbers.count) rows of \(rows.shape) for \(queries.rows) queries")
  let width = queries.columns
  // Rows are decoded one by one, so that of a large index only these are read.
  var paired = Matrix(uninitializedRows: queries.rows, columns: width)
  for (query, row) in numbers.enumerated() {
    unsafe rows.decode(rows: row..<row + 1, columns: 0..<width, into: paired.base + query * width)
  }
  if measure != .dot { paired = paired.normalizedRows() }
  if case .cosineWithout(let common) = measure {
    paired.remove(common)
    paired = paired.normalizedRows()
  }
  let unit = measure == .dot ? queries.copy() : queries.normalizedRows()
  return (0..<unit.rows).map { row in
    unsafe ll_dot(unit.base + row * width, paired.base + row * width, width)
  }
}

/// The mean of rows that are made unit first, `[width]`.
public func meanOfUnitRows(_ rows: Weight) -> [Float] {
  precondition(rows.shape.count == 2, "\(rows.name): \(rows.shape) is no table")
  let (count, width) = (rows.shape[0], rows.shape[1])
  var sum = [Double](repeating: 0, count: width)
  // A slice at a time: the table may be larger than what is left of memory.
  for first in stride(from: 0, to: count, by: 1024) {
    let slice = first..<min(first + 1024, count)
    var part = Matrix(uninitializedRows: slice.count, columns: width)
    unsafe rows.decode(rows: slice, columns: 0..<width, into: part.base)
    part.normalizeRows()
    let mean = part.means(ofGroups: [slice.count])
    for (column, value) in mean.row(0).enumerated() {
      sum[column] += Double(value) * Double(slice.count)
    }
  }
  return sum.map { Float($0 / Double(max(count, 1))) }
}
