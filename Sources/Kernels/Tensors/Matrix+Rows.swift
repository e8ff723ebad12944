extension Matrix {
  /// A second matrix with the same elements.
  public func copy() -> Matrix { rows(0..<rows) }

  /// A copy of consecutive rows.
  public func rows(_ range: Range<Int>) -> Matrix {
    precondition(
      0 <= range.lowerBound && range.upperBound <= rows, "rows \(range) of \(rows)")
    let part = Matrix(uninitializedRows: range.count, columns: columns)
    unsafe part.base.update(from: base + range.lowerBound * columns, count: range.count * columns)
    return part
  }

  /// A copy of rows in any order, repeated at will.
  public func gather(_ indices: [Int]) -> Matrix {
    let part = Matrix(uninitializedRows: indices.count, columns: columns)
    for (target, source) in indices.enumerated() {
      precondition(0 <= source && source < rows, "row \(source) of \(rows)")
      unsafe (part.base + target * columns).update(from: base + source * columns, count: columns)
    }
    return part
  }

  /// Overwrites row `indices[i]` with row `i` of another matrix.
  public mutating func replaceRows(at indices: [Int], with other: borrowing Matrix) {
    checkRows(indices, other)
    for (source, target) in indices.enumerated() {
      unsafe (base + target * columns).update(from: other.base + source * columns, count: columns)
    }
  }

  /// The rows of one matrix after another's, `[a.rows + b.rows, columns]`.
  public init(joiningRows a: borrowing Matrix, _ b: borrowing Matrix) {
    precondition(a.columns == b.columns, "rows of \(a.columns) and \(b.columns) elements")
    self.init(uninitializedRows: a.rows + b.rows, columns: a.columns)
    unsafe base.update(from: a.base, count: a.rows * columns)
    unsafe (base + a.rows * columns).update(from: b.base, count: b.rows * columns)
  }

  /// The rows in groups of `count`, the same prefix before each: CLS and register tokens of a batch of
  /// images.
  public func prefixing(each count: Int, with prefix: borrowing Matrix) -> Matrix {
    precondition(
      count > 0 && rows % count == 0 && prefix.columns == columns,
      "\(rows) rows of \(columns) are no groups of \(count) behind rows of \(prefix.columns)")
    let groups = rows / count
    let joined = Matrix(uninitializedRows: groups * (prefix.rows + count), columns: columns)
    for group in 0..<groups {
      let target = unsafe joined.base + group * (prefix.rows + count) * columns
      unsafe target.update(from: prefix.base, count: prefix.rows * columns)
      unsafe (target + prefix.rows * columns).update(
        from: base + group * count * columns, count: count * columns)
    }
    return joined
  }

  /// Row by row, one matrix' elements and then another's, `[rows, a.columns + b.columns]`.
  public init(joiningColumns a: borrowing Matrix, _ b: borrowing Matrix) {
    precondition(a.rows == b.rows, "\(a.rows) rows cannot be joined with \(b.rows)")
    self.init(uninitializedRows: a.rows, columns: a.columns + b.columns)
    for row in 0..<rows {
      let target = unsafe base + row * columns
      unsafe target.update(from: a.base + row * a.columns, count: a.columns)
      unsafe (target + a.columns).update(from: b.base + row * b.columns, count: b.columns)
    }
  }

  /// A copy of consecutive columns.
  public func columns(_ range: Range<Int>) -> Matrix {
    precondition(
      0 <= range.lowerBound && range.upperBound <= columns, "columns \(range) of \(columns)")
    let part = Matrix(uninitializedRows: rows, columns: range.count)
    for row in 0..<rows {
      unsafe (part.base + row * range.count).update(
        from: base + row * columns + range.lowerBound, count: range.count)
    }
    return part
  }

  /// Fails unless another matrix has a row, as long as ours, for each of some rows of this one.
  package func checkRows(_ indices: [Int], _ other: borrowing Matrix) {
    precondition(
      indices.count == other.rows && columns == other.columns,
      "\(indices.count) rows of \(columns) cannot take a [\(other.rows), \(other.columns)] matrix")
    for index in indices { precondition(0 <= index && index < rows, "row \(index) of \(rows)") }
  }
}
