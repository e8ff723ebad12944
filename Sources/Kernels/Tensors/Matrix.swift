/// A matrix of 32-bit floats, row-major, that has exactly one owner.
///
/// Activations are matrices: a row per token. The memory is aligned to 64 bytes and freed with the
/// owner; a copy is made only where `copy()` says so.
@safe
public struct Matrix: ~Copyable {
  public let rows: Int
  public let columns: Int

  // The owner is unique and frees this in `deinit`; the memory is initialised from the start.
  package let base: UnsafeMutablePointer<Float>

  private init(allocating rows: Int, _ columns: Int) {
    precondition(rows >= 0 && columns >= 0, "a matrix cannot be [\(rows), \(columns)]")
    self.rows = rows
    self.columns = columns
    unsafe base = allocateFloats(rows * columns)
  }

  /// A matrix of zeros.
  public init(rows: Int, columns: Int) {
    self.init(allocating: rows, columns)
    unsafe base.initialize(repeating: 0, count: rows * columns)
  }

  /// A matrix of the given values, row by row.
  public init(rows: Int, columns: Int, values: [Float]) {
    precondition(
      values.count == rows * columns, "\(values.count) values for a [\(rows), \(columns)] matrix")
    self.init(allocating: rows, columns)
    unsafe values.withUnsafeBufferPointer { source in
      if let first = source.baseAddress { unsafe base.initialize(from: first, count: source.count) }
    }
  }

  /// A matrix whose elements are about to be written: kernels only, which write all of them.
  package init(uninitializedRows rows: Int, columns: Int) {
    self.init(allocating: rows, columns)
  }

  private init(adopting base: UnsafeMutablePointer<Float>, rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    unsafe self.base = base
  }

  deinit { unsafe deallocateFloats(base) }

  /// The same elements as rows of another length; nothing is copied.
  public consuming func reshaped(rows: Int, columns: Int) -> Matrix {
    precondition(
      rows >= 0 && columns >= 0 && rows * columns == self.rows * self.columns,
      "[\(self.rows), \(self.columns)] is not [\(rows), \(columns)]")
    let base = unsafe self.base
    // The memory changes its owner: this one must not free it.
    discard self
    return unsafe Matrix(adopting: base, rows: rows, columns: columns)
  }

  /// One element.
  public subscript(row: Int, column: Int) -> Float {
    get {
      check(row, column)
      return unsafe base[row * columns + column]
    }
    set {
      check(row, column)
      unsafe base[row * columns + column] = newValue
    }
  }

  private func check(_ row: Int, _ column: Int) {
    precondition(
      0 <= row && row < rows && 0 <= column && column < columns,
      "element [\(row), \(column)] of a [\(rows), \(columns)] matrix")
  }

  /// Lends all elements, row by row; the buffer must not outlive the call.
  package borrowing func withUnsafeElements<Result>(
    _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    try unsafe body(UnsafeBufferPointer(start: base, count: rows * columns))
  }

  /// Lends all elements for writing; the buffer must not outlive the call.
  package mutating func withUnsafeMutableElements<Result>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    try unsafe body(UnsafeMutableBufferPointer(start: base, count: rows * columns))
  }

  /// All elements, row by row.
  public func values() -> [Float] {
    unsafe withUnsafeElements { unsafe Array($0) }
  }

  /// The elements of one row.
  public func row(_ index: Int) -> [Float] {
    precondition(0 <= index && index < rows, "row \(index) of \(rows)")
    return unsafe Array(UnsafeBufferPointer(start: base + index * columns, count: columns))
  }
}
