import LatentLensKernels
import LatentLensTensors
import Testing

/// Linear layers over every storage type, against sums in doubles.
@Suite struct LinearTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    var rows: Int
    var inputs: Int
    var outputs: Int

    var testDescription: String { "[\(rows), \(inputs)] x [\(outputs), \(inputs)]" }
  }

  static let shapes = [
    Shape(rows: 0, inputs: 3, outputs: 4), Shape(rows: 1, inputs: 1, outputs: 1),
    Shape(rows: 1, inputs: 700, outputs: 300), Shape(rows: 2, inputs: 31, outputs: 33),
    Shape(rows: 13, inputs: 257, outputs: 129), Shape(rows: 100, inputs: 513, outputs: 65),
    Shape(rows: 37, inputs: 16, outputs: 500), Shape(rows: 5, inputs: 1025, outputs: 31),
    Shape(rows: 390, inputs: 17, outputs: 130), Shape(rows: 3, inputs: 0, outputs: 2),
    Shape(rows: 3, inputs: 5, outputs: 0),
  ]

  private static func naive(_ x: borrowing Matrix, _ weight: [Float], _ bias: [Float]?) -> [Float] {
    let outputs = x.columns == 0 ? bias?.count ?? 0 : weight.count / x.columns
    var out: [Float] = []
    for row in 0..<x.rows {
      let values = x.row(row)
      for output in 0..<outputs {
        var sum = Double(bias?[output] ?? 0)
        for (index, value) in values.enumerated() {
          sum += Double(value) * Double(weight[output * values.count + index])
        }
        out.append(Float(sum))
      }
    }
    return out
  }

  @Test(arguments: shapes, [Encoding.f32, .f16, .bf16])
  func productsAreSumsOfProducts(shape: Shape, type: Encoding) {
    var random = Randomness()
    let bytes = random.matrix(shape.outputs, shape.inputs).encoded(as: type).bytes
    let weight = Weight(
      name: "w", bytes: bytes, encoding: type, shape: [shape.outputs, shape.inputs])
    let x = random.matrix(shape.rows, shape.inputs)
    let bias = random.floats(shape.outputs)
    let expected = Self.naive(x, weight.floats(), bias)
    for arithmetic in references {
      func product(threads: Int) -> [Float] {
        let compute = Compute(threads: threads, arithmetic: arithmetic)
        return Linear(weight, bias: bias, compute: compute)(x).values()
      }
      let found = product(threads: 2)
      #expect(relativeError(found, expected) < 3e-6, "\(arithmetic)")
      for threads in [1, 3, 4] {
        #expect(product(threads: threads) == found, "\(arithmetic), \(threads) threads")
      }
    }
  }

  @Test(arguments: [Encoding.f64, .f8e4m3, .f8e5m2, .i8])
  func otherStorageTypesMultiplyAsWhatTheyDecodeTo(type: Encoding) {
    var random = Randomness()
    let finite = (0..<40 * 23 * type.bytesPerBlock).map { index -> UInt8 in
      // The highest byte of a double near one; any byte of the others that is no special value.
      let byte = UInt8.random(in: 0...0x77, using: &random)
      return type == .f64 && index % 8 == 7 ? 0x3F : byte
    }
    let weight = Weight(name: "w", bytes: finite, encoding: type, shape: [40, 23])
    let x = random.matrix(6, 23)
    let found = Linear(weight, compute: Compute(threads: 2))(x)
    #expect(relativeError(found.values(), Self.naive(x, weight.floats(), nil)) < 1e-6)
  }

  @Test(arguments: shapes, [Encoding.f32, .f16, .bf16])
  func bf16ProductsAreThoseOfRoundedFactors(shape: Shape, type: Encoding) {
    var random = Randomness()
    let bytes = random.matrix(shape.outputs, shape.inputs).encoded(as: type).bytes
    let weight = Weight(
      name: "w", bytes: bytes, encoding: type, shape: [shape.outputs, shape.inputs])
    let x = random.matrix(shape.rows, shape.inputs)
    let bias = random.floats(shape.outputs)
    let compute = Compute(threads: 2, arithmetic: .bf16)
    let found = Linear(weight, bias: bias, compute: compute)(x)
    func rounded(_ values: [Float]) -> [Float] {
      guard Arithmetic.bf16.isAvailable else { return values }
      let matrix = Matrix(rows: 1, columns: values.count, values: values)
      let bytes = matrix.encoded(as: .bf16).bytes
      return Weight(name: "r", bytes: bytes, encoding: .bf16, shape: [values.count]).floats()
    }
    let roundedX = Matrix(rows: shape.rows, columns: shape.inputs, values: rounded(x.values()))
    let expected = Self.naive(roundedX, rounded(weight.floats()), bias)
    #expect(relativeError(found.values(), expected) < 3e-6)
    for threads in [1, 3, 4] {
      let again = Linear(weight, bias: bias, compute: Compute(threads: threads, arithmetic: .bf16))(
        x)
      #expect(again.values() == found.values(), "\(threads) threads")
    }
  }

  @Test(arguments: Arithmetic.all)
  func rowsDoNotDependOnTheirCompany(arithmetic: Arithmetic) {
    var random = Randomness()
    let weight = Weight(name: "w", floats: random.floats(200 * 600), shape: [200, 600])
    let compute = Compute(threads: 2, arithmetic: arithmetic)
    let linear = Linear(weight, bias: random.floats(200), compute: compute)
    let x = random.matrix(33, 600)
    let together = linear(x)
    for count in [1, 2, 3, 5, 8, 12, 13, 16, 25] {
      let part = linear(x.rows(33 - count..<33))
      let error = relativeError(part.values(), together.rows(33 - count..<33).values())
      // OpenBLAS promises less than the same bits.
      #expect(error <= (compute.arithmetic == .blas ? 1e-6 : 0), "\(count) rows")
    }
  }

  @Test func tiedHeadsShareTheirTable() {
    let table = Embedding(
      Weight(name: "e", floats: [1, 2, 3, 4], shape: [2, 2]), compute: Compute(threads: 1))
    let head = Linear(tied: table)
    #expect(head(table([1])).values() == [11, 25])
  }
}
