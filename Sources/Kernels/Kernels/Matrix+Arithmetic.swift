internal import CLatentLensKernels
public import LatentLensTensors

extension Matrix {
  /// Adds a matrix of the same shape, element by element: the residual connection.
  public mutating func add(_ other: borrowing Matrix) {
    precondition(
      rows == other.rows && columns == other.columns,
      "[\(other.rows), \(other.columns)] cannot be added to [\(rows), \(columns)]")
    unsafe ll_add(base, other.base, rows * columns)
  }

  /// Adds the same rows to each group of as many: positions to a batch of images.
  public mutating func add(repeating other: borrowing Matrix) {
    precondition(
      other.rows > 0 && rows % other.rows == 0 && columns == other.columns,
      "[\(other.rows), \(other.columns)] cannot be added repeatedly to [\(rows), \(columns)]")
    for first in stride(from: 0, to: rows, by: other.rows) {
      unsafe ll_add(base + first * columns, other.base, other.rows * columns)
    }
  }

  /// Adds the same values to every row.
  public mutating func add(row values: [Float]) {
    precondition(values.count == columns, "\(values.count) values for rows of \(columns)")
    for row in 0..<rows { unsafe ll_add(base + row * columns, values, columns) }
  }

  /// Adds the same values to some rows.
  public mutating func add(row values: [Float], at indices: [Int]) {
    precondition(values.count == columns, "\(values.count) values for rows of \(columns)")
    for index in indices {
      precondition(0 <= index && index < rows, "row \(index) of \(rows)")
      unsafe ll_add(base + index * columns, values, columns)
    }
  }

  /// Adds row `i` of another matrix to row `indices[i]`.
  public mutating func addRows(at indices: [Int], _ other: borrowing Matrix) {
    checkRows(indices, other)
    for (source, target) in indices.enumerated() {
      unsafe ll_add(base + target * columns, other.base + source * columns, columns)
    }
  }

  /// Multiplies by a matrix of the same shape, element by element.
  public mutating func multiply(by other: borrowing Matrix) {
    precondition(
      rows == other.rows && columns == other.columns,
      "[\(other.rows), \(other.columns)] cannot multiply [\(rows), \(columns)]")
    unsafe ll_multiply(base, other.base, rows * columns)
  }

  /// Multiplies column `j` by `factors[j]`: LayerScale.
  public mutating func multiply(columns factors: [Float]) {
    precondition(factors.count == columns, "\(factors.count) factors for \(columns) columns")
    for row in 0..<rows { unsafe ll_multiply(base + row * columns, factors, columns) }
  }

  /// Multiplies every element by a factor.
  public mutating func scale(by factor: Float) {
    unsafe ll_scale(base, factor, rows * columns)
  }

  /// Keeps every element between `-limit` and `limit`.
  public mutating func clamp(to limit: Float) {
    for index in 0..<rows * columns { unsafe base[index] = min(max(base[index], -limit), limit) }
  }

  /// Turns each row into its softmax, `exp(x) / sum(exp(x))`.
  public mutating func softmax() {
    for row in 0..<rows {
      let values = unsafe base + row * columns
      let sum = unsafe ll_softmax_numerators(values, 1, columns)
      unsafe ll_scale(values, 1 / sum, columns)
    }
  }

  /// The L2 norm of each row.
  public func rowNorms() -> [Float] {
    (0..<rows).map { row in
      unsafe ll_dot(base + row * columns, base + row * columns, columns).squareRoot()
    }
  }

  /// Each row divided by its L2 norm, or by 1e-12 where the norm is smaller.
  public func normalizedRows() -> Matrix {
    var unit = copy()
    unit.normalizeRows()
    return unit
  }

  /// Divides each row by its L2 norm, or by 1e-12 where the norm is smaller.
  public mutating func normalizeRows() {
    for (row, norm) in rowNorms().enumerated() {
      unsafe ll_scale(base + row * columns, 1 / max(norm, 1e-12), columns)
    }
  }

  /// The mean of each group of consecutive rows, `[counts.count, columns]`; zeros for an empty group.
  public func means(ofGroups counts: [Int]) -> Matrix {
    precondition(
      counts.allSatisfy { $0 >= 0 } && counts.reduce(0, +) == rows,
      "groups of \(counts) are not \(rows) rows")
    let means = Matrix(rows: counts.count, columns: columns)
    var row = 0
    for (group, count) in counts.enumerated() {
      let target = unsafe means.base + group * columns
      for _ in 0..<count {
        unsafe ll_add(target, base + row * columns, columns)
        row += 1
      }
      if count > 0 { unsafe ll_scale(target, 1 / Float(count), columns) }
    }
    return means
  }
}
