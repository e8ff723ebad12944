public import LatentLensTensors

/// A normalisation of rows, each by its own statistics.
public protocol Norm: Sendable {
  /// Normalises `[n, width]`, or head by head where rows are several widths long.
  func callAsFunction(_ x: borrowing Matrix) -> Matrix
}

extension RMSNorm: Norm {}
extension LayerNorm: Norm {}
