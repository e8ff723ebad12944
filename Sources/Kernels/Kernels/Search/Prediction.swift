internal import CLatentLensKernels
internal import Glibc
public import LatentLensTensors

/// What a head makes of a state: its best outputs, and the normaliser of its softmax.
public struct Prediction: Sendable, Equatable {
  /// The largest logits, best first; ties go to the lower output.
  public let top: [Scored]
  /// `log Σ exp(logit)` over all outputs.
  public let logSumExp: Double

  /// The share of the softmax that a logit has.
  public func probability(of scored: Scored) -> Double { exp(Double(scored.score) - logSumExp) }
}

/// The `k` largest logits of each state, and its log-sum-exp, without storing all logits.
///
/// - Parameters:
///   - states: `[n, head.inputs]`, normed already.
///   - softCap: logits become `softCap · tanh(logit / softCap)`.
public func predictions(
  _ states: borrowing Matrix, head: Linear, k: Int, softCap: Float? = nil
) -> [Prediction] {
  precondition(
    states.columns == head.inputs && k >= 0,
    "\(head.weight.name): \(k) of \(head.inputs) for rows of \(states.columns)")
  let product = Product(states, head.weight, compute: head.compute)
  let (count, capacity) = (states.rows, min(k, head.outputs))
  // The sums of each panel have a place of their own and are added in the order of panels.
  var sums = Array(repeating: PartialSum(), count: product.panels * count)
  let parts = unsafe sums.withUnsafeMutableBufferPointer { sums in
    nonisolated(unsafe) let sums = unsafe sums
    return unsafe head.compute.parallel(
      product.panels, scratch: product.scratch + Product.panelRows * count,
      from: Leaders(queries: count, capacity: capacity)
    ) { index, scratch, leaders in
      let panel = product.panel(index)
      let logits = unsafe scratch + product.scratch
      unsafe product.write(
        panel, to: logits, stride: panel.count, bias: head.bias, scratch: scratch)
      for query in 0..<count {
        let row = unsafe logits + query * panel.count
        if let softCap { unsafe ll_soft_cap(row, softCap, panel.count) }
        unsafe leaders.update(query, row, first: panel.lowerBound, count: panel.count)
        unsafe sums[index * count + query] = PartialSum(row, panel.count)
      }
    }
  }
  let top = Leaders.merge(parts, queries: count, k: capacity)
  return top.enumerated().map { query, top in
    let sum = stride(from: query, to: sums.count, by: count).reduce(PartialSum()) { $0 + sums[$1] }
    return Prediction(top: top, logSumExp: sum.logarithm)
  }
}

/// `total · exp(largest)`, a sum of exponentials that cannot overflow.
private struct PartialSum {
  var largest = -Float.infinity
  var total = 0.0

  init() {}

  init(_ logits: UnsafePointer<Float>, _ count: Int) {
    // The caller lends `count` floats.
    for index in 0..<count { largest = max(largest, unsafe logits[index]) }
    total = unsafe ll_sum_exp(logits, largest, count)
  }

  var logarithm: Double { Double(largest) + log(total) }

  static func + (left: PartialSum, right: PartialSum) -> PartialSum {
    guard left.total != 0 else { return right }
    var sum = left
    sum.largest = max(left.largest, right.largest)
    sum.total =
      left.total * exp(Double(left.largest - sum.largest))
      + right.total * exp(Double(right.largest - sum.largest))
    return sum
  }
}
