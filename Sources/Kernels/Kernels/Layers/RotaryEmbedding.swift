internal import CKernels
internal import Glibc

/// Rotary position embedding (Su et al., arXiv 2104.09864) in Hugging Face's half-split layout, where
/// element `i` of a head is paired with element `i + rotaryWidth / 2`.
public struct RotaryEmbedding: Sendable {
  public let headWidth: Int
  /// How many of a head's elements are rotated; the others pass.
  public let rotaryWidth: Int
  public let theta: Double
  public let scaling: Scaling
  private let compute: Compute
  private let frequencies: [Float]
  private let magnitude: Float

  /// - Parameters:
  ///   - headWidth: the width of a head.
  ///   - rotaryWidth: how much of it is rotated; nil rotates all.
  ///   - theta: the base of the wavelengths.
  ///   - scaling: how the frequencies are changed for longer contexts.
  public init(
    headWidth: Int, rotaryWidth: Int? = nil, theta: Double, scaling: Scaling = .none,
    compute: Compute
  ) {
    let rotaryWidth = rotaryWidth ?? headWidth
    precondition(
      rotaryWidth > 0 && rotaryWidth % 2 == 0 && rotaryWidth <= headWidth,
      "\(rotaryWidth) of \(headWidth) elements cannot be rotated in pairs")
    self.headWidth = headWidth
    self.rotaryWidth = rotaryWidth
    self.theta = theta
    self.scaling = scaling
    self.compute = compute
    frequencies = scaling.frequencies(theta: theta, width: rotaryWidth, length: 0)
    magnitude = scaling.magnitude
  }

  /// Rotates every head of every row by its row's position, in place.
  ///
  /// - Parameter x: queries or keys, `[segments.rows, heads * headWidth]`.
  public func callAsFunction(_ x: inout Matrix, heads: Int, segments: Segments) {
    precondition(
      x.columns == heads * headWidth && x.rows == segments.rows,
      "[\(x.rows), \(x.columns)] is not \(segments.rows) rows of \(heads) heads of \(headWidth)")
    let (base, columns) = unsafe (x.base, x.columns)
    for segment in 0..<segments.count {
      let start = segments.starts[segment]
      let range = segments.range(segment)
      let frequencies = frequencies(length: start + range.count)
      let half = frequencies.count
      let block = 8
      let blocks = (range.count + block - 1) / block
      // A worker's scratch memory holds the cosines and the sines of one position.
      unsafe compute.parallel(blocks, scratch: 2 * half) { index, table in
        for row in index * block..<min((index + 1) * block, range.count) {
          let position = Float(start + row)
          for i in 0..<half {
            let angle = position * frequencies[i]
            unsafe table[i] = cosf(angle) * magnitude
            unsafe table[half + i] = sinf(angle) * magnitude
          }
          for head in 0..<heads {
            let target = unsafe base + (range.lowerBound + row) * columns + head * headWidth
            unsafe ll_rotate(target, table, table + half, half)
          }
        }
      }
    }
  }

  /// The frequencies for a sequence of this length; only dynamic scaling depends on it.
  private func frequencies(length: Int) -> [Float] {
    guard case .dynamic(_, let originalPositions) = scaling, length > originalPositions else {
      return frequencies
    }
    return scaling.frequencies(theta: theta, width: rotaryWidth, length: length)
  }
}
