import LatentLensKernels
import LatentLensTensors
import Testing

/// The list of arithmetics, and how they agree.
@Suite struct ArithmeticTests {
  /// Our own kernels give the same bits on all processors that have them (`Tests/Sanitizers`); OpenBLAS has others for each.
  @Test func whatChangesTheBitsIsNamed() throws {
    for arithmetic in [Arithmetic.f32, .bf16] { #expect(arithmetic.library == nil) }
    let words = try #require(Arithmetic.blas.library).split(separator: " ")
    #expect(words.count == 3 && words[0] == "OpenBLAS" && words[1].contains("."), "\(words)")
  }

  @Test func everyArithmeticIsFoundByItsName() {
    #expect(Set(Arithmetic.all.map(\.name)).count == Arithmetic.all.count)
    for arithmetic in Arithmetic.all { #expect(Arithmetic.named(arithmetic.name) == arithmetic) }
    #expect(Arithmetic.named("f33") == nil)
    #expect(Arithmetic.blas.isAvailable)
  }

  @Test func whatTheProcessorCannotDoIsReplacedByTheReference() {
    for arithmetic in Arithmetic.all {
      let found = Compute(arithmetic: arithmetic).arithmetic
      #expect(found.isAvailable)
      if arithmetic.isAvailable {
        #expect(found == arithmetic)
      } else {
        #expect(references.contains(found))
      }
    }
  }

  @Test func narrowWeightsChooseNarrowArithmetic() {
    let narrow: Arithmetic = Arithmetic.bf16.isAvailable ? .bf16 : .f32
    #expect(Arithmetic.fitting([Encoding.bf16]) == narrow)
    #expect(Arithmetic.fitting([Encoding.f32, .f16]) == narrow)
    #expect(Arithmetic.fitting([Encoding.f32, .i64]) == .f32)
    #expect(Arithmetic.fitting([Encoding]()) == .f32)
  }

  /// What OpenBLAS and our own kernels make of the same numbers.
  private func both(_ body: (Compute) -> [Float]) -> Float {
    let found = references.map { body(Compute(threads: 2, arithmetic: $0)) }
    return relativeError(found[1], found[0])
  }

  @Test func openBLASAgreesWithOurKernels() {
    var random = Randomness()
    let weight = Weight(name: "w", floats: random.floats(300 * 700), shape: [300, 700])
    let x = random.matrix(70, 700)
    #expect(both { Linear(weight, compute: $0)(x).values() } < 1e-5)
    let q = random.matrix(300, 320)
    let k = random.matrix(300, 160)
    let v = random.matrix(300, 160)
    let attended = both { compute in
      let attention = Attention(
        heads: 4, keyValueHeads: 2, headWidth: 80, mask: .causal, compute: compute)
      return attention(q, k, v, segments: Segments(counts: [290, 10])).values()
    }
    #expect(attended < 1e-5)
    let neighbours = both { compute in
      nearest(x, among: weight, k: 300, measure: .cosine, compute: compute).flatMap {
        $0.sorted { $0.row < $1.row }.map(\.score)
      }
    }
    #expect(neighbours < 1e-5)
    let predicted = both { compute in
      predictions(x, head: Linear(weight, compute: compute), k: 300).flatMap {
        [Float($0.logSumExp)] + $0.top.sorted { $0.row < $1.row }.map(\.score)
      }
    }
    #expect(predicted < 1e-5)
  }
}
