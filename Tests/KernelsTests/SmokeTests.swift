import Kernels
import Testing

@Suite struct Smoke {
  @Test func linearAttentionSearch() {
    let compute = Compute(threads: 3)
    let w = Weight(name: "w", floats: (0..<12).map { Float($0) }, shape: [4, 3])
    let x = Matrix(rows: 2, columns: 3, values: [1, 0, 0, 1, 1, 1])
    let y = Linear(w, bias: [1, 1, 1, 1], compute: compute)(x)
    #expect(y.values() == [1, 4, 7, 10, 4, 13, 22, 31])
    let n = nearest(x, among: w, k: 2, measure: .dot, compute: compute)
    #expect(n[1] == [Scored(row: 3, score: 30), Scored(row: 2, score: 21)])
    let a = Attention(heads: 1, keyValueHeads: 1, headWidth: 3, mask: .causal, compute: compute)
    let o = a(x, x, x, segments: Segments(count: 2))
    #expect(o.row(0) == [1, 0, 0])
    let p = predictions(x, head: Linear(w, compute: compute), k: 9)
    #expect(p[0].top.count == 4)
    #expect(abs(p[0].probability(of: p[0].top[0]) - 0.9502) < 1e-3)
  }
}
