internal import Glibc
public import LatentLensTensors

/// A language model's head: a linear layer from the normed residual stream to logits, which some models
/// scale and cap.
public struct LogitHead: Sendable {
  /// `[vocabulary, hiddenSize]`
  public let linear: Linear
  /// What logits are divided by; 1 for most.
  public let divisor: Float
  /// Logits become `softCap · tanh(logit / softCap)` (Gemma 2, arXiv 2408.00118); nil for most.
  public let softCap: Float?

  public init(_ linear: Linear, divisor: Float = 1, softCap: Float? = nil) {
    self.linear = linear
    self.divisor = divisor
    self.softCap = softCap
  }

  public var vocabularySize: Int { linear.outputs }
  public var compute: Compute { linear.compute }

  /// The logits `[n, vocabularySize]` of the final norm's output `[n, hiddenSize]`.
  public func callAsFunction(_ normed: borrowing Matrix) -> Matrix {
    var logits = linear(normed)
    if divisor != 1 { logits.scale(by: 1 / divisor) }
    guard let softCap else { return logits }
    logits.scale(by: 1 / softCap)
    Activation.tanh(&logits, compute: compute)
    logits.scale(by: softCap)
    return logits
  }

  /// The logit of each row of the final norm's output at one token.
  ///
  /// - Parameter tokens: one for each row.
  public func logits(of normed: borrowing Matrix, at tokens: [Int]) -> [Float] {
    zip(scores(normed, with: tokens, of: linear.weight, measure: .dot), tokens).map { dot, token in
      let logit = (dot + (linear.bias?[token] ?? 0)) / divisor
      return softCap.map { tanh(logit / $0) * $0 } ?? logit
    }
  }
}
