import LatentLensKernels
import LatentLensTensors
import Testing

/// Encodings that a format may bring along: blocks of elements that share a scale.
@Suite struct EncodingTests {
  /// Signed bytes behind a scale in single precision, as formats for quantised weights have them.
  private static func scaled(elements: Int) -> Encoding {
    unsafe Encoding("scaled-\(elements)", elementsPerBlock: elements, bytesPerBlock: 4 + elements) {
      out, blocks, count in
      for block in 0..<count {
        let place = unsafe blocks + block * (4 + elements)
        let scale = unsafe place.loadUnaligned(as: Float.self)
        for index in 0..<elements {
          let number = unsafe place.loadUnaligned(fromByteOffset: 4 + index, as: Int8.self)
          unsafe out[block * elements + index] = scale * Float(number)
        }
      }
    }
  }

  /// A weight of random blocks, and what it decodes to.
  private static func weight(
    _ rows: Int, _ columns: Int, elements: Int
  ) -> (weight: Weight, values: [Float]) {
    var random = Randomness()
    var (bytes, values): ([UInt8], [Float]) = ([], [])
    for _ in 0..<rows * columns / elements {
      let scale = Float.random(in: 0.5...2, using: &random)
      let numbers = (0..<elements).map { _ in Int8.random(in: -127...127, using: &random) }
      bytes += unsafe withUnsafeBytes(of: scale) { unsafe Array($0) }
      bytes += numbers.map { UInt8(bitPattern: $0) }
      values += numbers.map { scale * Float($0) }
    }
    let weight = Weight(
      name: "w", bytes: bytes, encoding: scaled(elements: elements), shape: [rows, columns])
    return (weight, values)
  }

  @Test(arguments: [32, 256])
  func blocksDecodeToTheirElements(elements: Int) {
    let (weight, values) = Self.weight(3, 512, elements: elements)
    #expect(weight.floats() == values)
    #expect(weight.rows(1..<3).floats() == Array(values[512...]))
    #expect(weight.byteCount == 3 * 512 / elements * (elements + 4))
    #expect(weight.encoding.isFloatingPoint)
  }

  @Test(arguments: [32, 256])
  func partsOfBlocksDecodeToo(elements: Int) {
    let (weight, values) = Self.weight(3, 512, elements: elements)
    for columns in [0..<512, 0..<256, 1..<2, 31..<33, 250..<300, 255..<511, 256..<512, 9..<9] {
      var out = Matrix(rows: 2, columns: columns.count)
      unsafe out.withUnsafeMutableElements { out in
        guard let start = out.baseAddress else { return }
        unsafe weight.decode(rows: 1..<3, columns: columns, into: start)
      }
      let expected = (1..<3).flatMap { row in columns.map { values[row * 512 + $0] } }
      #expect(out.values() == expected, "columns \(columns)")
    }
  }

  @Test(arguments: [32, 256], Arithmetic.all)
  func linearLayersTakeBlocks(elements: Int, arithmetic: Arithmetic) {
    let (weight, values) = Self.weight(130, 768, elements: elements)
    var random = Randomness(2)
    let x = random.matrix(5, 768)
    let plain = Weight(name: "plain", floats: values, shape: [130, 768])
    let compute = Compute(threads: 2, arithmetic: arithmetic)
    let found = Linear(weight, compute: compute)(x)
    #expect(found.values() == Linear(plain, compute: compute)(x).values())
    let table = Embedding(weight, compute: compute)
    #expect(table([129, 0]).values() == values.suffix(768) + values.prefix(768))
  }

  @Test func shapesWithoutWholeBlocksHaveNoSize() {
    let encoding = Self.scaled(elements: 32)
    #expect(encoding.byteCount(of: [3, 64]) == 3 * 2 * 36)
    #expect(encoding.byteCount(of: [64, 3]) == nil)
    #expect(encoding.byteCount(of: []) == nil)
    #expect(Encoding.f16.byteCount(of: []) == 2)
    #expect(Encoding.f16.byteCount(of: [5, 0, 7]) == 0)
    #expect(Encoding.f32.byteCount(of: [-1, 4]) == nil)
    #expect(Encoding.f32.byteCount(of: [1 << 40, 1 << 40]) == nil)
  }
}
