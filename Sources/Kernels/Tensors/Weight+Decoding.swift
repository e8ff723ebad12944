extension Weight {
  /// All elements as floats, whatever they are stored as.
  public func floats() -> [Float] {
    // A model that lacks tensors is never run; some zeros are enough to describe it.
    guard !isStandIn else { return Array(repeating: 0, count: min(count, 1 << 24)) }
    return unsafe [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let out = buffer.baseAddress { unsafe decode(0..<count, into: out) }
      initialized = count
    }
  }

  /// All elements as whole numbers; floating-point ones are rounded towards zero.
  public func integers() -> [Int64] {
    guard let integers = unsafe encoding.integers else {
      return floats().map { Int64(exactly: $0.rounded(.towardZero)) ?? 0 }
    }
    // Held by `self` while it is read.
    return unsafe integers(file.address(offset), count / encoding.elementsPerBlock)
  }

  /// Writes a range of elements, counted from the first, as floats.
  ///
  /// `out` must have room for `range.count` floats.
  package func decode(_ range: Range<Int>, into out: UnsafeMutablePointer<Float>) {
    precondition(0 <= range.lowerBound && range.upperBound <= count, "\(name): elements \(range)")
    unsafe decode(range, ofRowAt: offset, into: out)
  }

  /// Writes a rectangle of a two-dimensional weight as floats, row by row without gaps.
  ///
  /// Fastest where the columns begin and end with blocks of the encoding.
  ///
  /// `out` must have room for `rows.count * columns.count` floats.
  package func decode(
    rows: Range<Int>, columns: Range<Int>, into out: UnsafeMutablePointer<Float>
  ) {
    check(rows, columns)
    for row in rows {
      let target = unsafe out + (row - rows.lowerBound) * columns.count
      unsafe decode(columns, ofRowAt: offset + row * bytesPerRow, into: target)
    }
  }

  /// Lends the stored bytes of some rows from a column on, which has to begin a block, and says how many bytes
  /// rows are apart; they must not outlive the call, and need not be aligned.
  package func withBytes(
    _ rows: Range<Int>, column: Int, _ body: (UnsafeRawPointer, _ stride: Int) -> Void
  ) {
    check(rows, column..<column)
    precondition(column % encoding.elementsPerBlock == 0, "\(name): within a block")
    let before = column / encoding.elementsPerBlock * encoding.bytesPerBlock
    // The file is held by `self` while its bytes are read, and the ranges were checked.
    unsafe body(file.address(offset + rows.lowerBound * bytesPerRow + before), bytesPerRow)
  }

  private var bytesPerRow: Int {
    shape[1] / encoding.elementsPerBlock * encoding.bytesPerBlock
  }

  private func check(_ rows: Range<Int>, _ columns: Range<Int>) {
    precondition(
      shape.count == 2 && 0 <= rows.lowerBound && rows.upperBound <= shape[0]
        && 0 <= columns.lowerBound && columns.upperBound <= shape[1],
      "\(name): rows \(rows) and columns \(columns) of \(shape)")
  }

  /// Writes elements that are counted from a place in the file where a block begins.
  private func decode(
    _ range: Range<Int>, ofRowAt place: Int, into out: UnsafeMutablePointer<Float>
  ) {
    let block = encoding.elementsPerBlock
    let first = range.lowerBound / block
    // The file is held by `self` while its bytes are read, and callers have checked the range.
    let source = unsafe file.address(place + first * encoding.bytesPerBlock)
    if range.lowerBound % block == 0 && range.count % block == 0 {
      unsafe encoding.decode(out, source, range.count / block)
      return
    }
    let blocks = (range.upperBound + block - 1) / block - first
    unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: blocks * block) { whole in
      guard let start = whole.baseAddress else { return }
      unsafe encoding.decode(start, source, blocks)
      unsafe out.update(from: start + (range.lowerBound - first * block), count: range.count)
    }
  }
}
