internal import CLatentLensKernels

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
    switch type {
    case .i64: numbers(Int64.self) { $0 }
    case .i32: numbers(Int32.self) { Int64($0) }
    case .i16: numbers(Int16.self) { Int64($0) }
    case .i8: numbers(Int8.self) { Int64($0) }
    case .u8, .bool: numbers(UInt8.self) { Int64($0) }
    case .f64, .f32, .f16, .bf16, .f8e4m3, .f8e5m2:
      floats().map { Int64(exactly: $0.rounded(.towardZero)) ?? 0 }
    }
  }

  /// Writes a range of elements, counted from the first, as floats.
  ///
  /// `out` must have room for `range.count` floats.
  package func decode(_ range: Range<Int>, into out: UnsafeMutablePointer<Float>) {
    precondition(0 <= range.lowerBound && range.upperBound <= count, "\(name): elements \(range)")
    // The file is held by `self` while its bytes are read, and the range was checked.
    let source = unsafe file.address(offset + range.lowerBound * type.byteCount)
    unsafe decode(source, range.count, into: out)
  }

  /// Writes a rectangle of a two-dimensional weight as floats, row by row without gaps.
  ///
  /// `out` must have room for `rows.count * columns.count` floats.
  package func decode(rows: Range<Int>, columns: Range<Int>, into out: UnsafeMutablePointer<Float>)
  {
    precondition(
      shape.count == 2 && 0 <= rows.lowerBound && rows.upperBound <= shape[0]
        && 0 <= columns.lowerBound && columns.upperBound <= shape[1],
      "\(name): rows \(rows) and columns \(columns) of \(shape)")
    let stride = shape[1] * type.byteCount
    let corner = offset + rows.lowerBound * stride + columns.lowerBound * type.byteCount
    // The file is held by `self` while its bytes are read, and the ranges were checked.
    let source = unsafe file.address(corner)
    for row in 0..<rows.count {
      unsafe decode(source + row * stride, columns.count, into: out + row * columns.count)
    }
  }

  /// Writes a rectangle of a two-dimensional weight as bfloat16 numbers, two to a word, each row
  /// followed by a zero if its number of elements is odd.
  ///
  /// - Parameters:
  ///   - stride: how many words a row of `out` has.
  ///   - scratch: room for a row of floats.
  package func encodeBF16(
    rows: Range<Int>, columns: Range<Int>, into out: UnsafeMutablePointer<Float>, stride: Int,
    scratch: UnsafeMutablePointer<Float>
  ) {
    precondition(
      shape.count == 2 && 0 <= rows.lowerBound && rows.upperBound <= shape[0]
        && 0 <= columns.lowerBound && columns.upperBound <= shape[1],
      "\(name): rows \(rows) and columns \(columns) of \(shape)")
    let corner = columns.lowerBound * type.byteCount
    for row in rows {
      // The file is held by `self` while its bytes are read, and the ranges were checked.
      let source = unsafe file.address(offset + row * shape[1] * type.byteCount + corner)
      let target = unsafe out + (row - rows.lowerBound) * stride
      if columns.count % 2 == 1 { unsafe target[stride - 1] = 0 }
      if type == .bf16 {
        unsafe UnsafeMutableRawPointer(target).copyMemory(
          from: source, byteCount: 2 * columns.count)
      } else {
        unsafe decode(source, columns.count, into: scratch)
        unsafe ll_encode_bf16(target, scratch, columns.count)
      }
    }
  }

  private func decode(
    _ source: UnsafeRawPointer, _ length: Int, into out: UnsafeMutablePointer<Float>
  ) {
    switch type {
    case .f32: unsafe UnsafeMutableRawPointer(out).copyMemory(from: source, byteCount: length * 4)
    case .f16: unsafe ll_decode_f16(out, source, length)
    case .bf16: unsafe ll_decode_bf16(out, source, length)
    case .f8e4m3: unsafe ll_decode_f8e4m3(out, source, length)
    case .f8e5m2: unsafe ll_decode_f8e5m2(out, source, length)
    case .i8: unsafe ll_decode_i8(out, source, length)
    case .f64: unsafe convert(source, length, into: out) { (value: Double) in Float(value) }
    case .i64: unsafe convert(source, length, into: out) { (value: Int64) in Float(value) }
    case .i32: unsafe convert(source, length, into: out) { (value: Int32) in Float(value) }
    case .i16: unsafe convert(source, length, into: out) { (value: Int16) in Float(value) }
    case .u8, .bool: unsafe convert(source, length, into: out) { (value: UInt8) in Float(value) }
    }
  }

  private func convert<Element: BitwiseCopyable>(
    _ source: UnsafeRawPointer, _ length: Int, into out: UnsafeMutablePointer<Float>,
    _ value: (Element) -> Float
  ) {
    // Elements need not be aligned in a file.
    let stride = MemoryLayout<Element>.stride
    for index in 0..<length {
      unsafe out[index] = value(
        source.loadUnaligned(fromByteOffset: index * stride, as: Element.self))
    }
  }

  private func numbers<Element: BitwiseCopyable>(
    _: Element.Type, _ value: (Element) -> Int64
  ) -> [Int64] {
    let stride = MemoryLayout<Element>.stride
    // Held by `self` while it is read.
    let source = unsafe file.address(offset)
    return (0..<count).map { index in
      unsafe value(source.loadUnaligned(fromByteOffset: index * stride, as: Element.self))
    }
  }
}
