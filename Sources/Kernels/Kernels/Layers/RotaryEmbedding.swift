internal import CLatentLensKernels
internal import Glibc
public import LatentLensTensors

/// Rotary position embedding (Su et al., arXiv 2104.09864) in Hugging Face's half-split layout, where
/// element `i` of a head is paired with element `i + rotaryWidth / 2`.
public struct RotaryEmbedding: Sendable {
  public let headWidth: Int
  /// How many of a head's elements are rotated; the others pass.
  public let rotaryWidth: Int
  public let theta: Double
  public let scaling: Scaling
  /// For each pair of elements the axis whose places turn it; nil for a single axis.
  public let axes: [Int]?
  private let compute: Compute
  private let frequencies: [Float]
  private let magnitude: Float

  /// - Parameters:
  ///   - headWidth: the width of a head.
  ///   - rotaryWidth: how much of it is rotated; nil rotates all.
  ///   - theta: the base of the wavelengths.
  ///   - scaling: how the frequencies are changed for longer contexts.
  ///   - axes: for each pair of elements its axis, where tokens have places on several (M-RoPE,
  ///     arXiv 2409.12191).
  public init(
    headWidth: Int, rotaryWidth: Int? = nil, theta: Double, scaling: Scaling = .none,
    axes: [Int]? = nil, compute: Compute
  ) {
    let rotaryWidth = rotaryWidth ?? headWidth
    precondition(
      rotaryWidth > 0 && rotaryWidth % 2 == 0 && rotaryWidth <= headWidth,
      "\(rotaryWidth) of \(headWidth) elements cannot be rotated in pairs")
    self.headWidth = headWidth
    self.rotaryWidth = rotaryWidth
    self.theta = theta
    precondition(
      axes.map { $0.count == rotaryWidth / 2 && $0.allSatisfy { $0 >= 0 } } ?? true,
      "\(axes?.count ?? 0) axes for \(rotaryWidth / 2) pairs")
    self.scaling = scaling
    self.axes = axes
    self.compute = compute
    frequencies = scaling.frequencies(theta: theta, width: rotaryWidth, length: 0)
    magnitude = scaling.magnitude
  }

  /// An embedding of two axes that share the frequencies: the first quarter of a head's pairs turns by
  /// the row of a patch, the second by its column (the vision encoders of Qwen's VLMs).
  public init(axialHeadWidth headWidth: Int, theta: Double, compute: Compute) {
    precondition(
      headWidth > 0 && headWidth % 4 == 0, "\(headWidth) elements are no pairs for two axes")
    self.headWidth = headWidth
    rotaryWidth = headWidth
    self.theta = theta
    scaling = .none
    axes = Array(repeating: 0, count: headWidth / 4) + Array(repeating: 1, count: headWidth / 4)
    self.compute = compute
    let shared = Scaling.none.frequencies(theta: theta, width: headWidth / 2, length: 0)
    frequencies = shared + shared
    magnitude = 1
  }

  /// Rotates every head of every row by its row's position, in place.
  ///
  /// - Parameter x: queries or keys, `[segments.rows, heads * headWidth]`.
  public func callAsFunction(_ x: inout Matrix, heads: Int, segments: Segments) {
    precondition(
      x.columns == heads * headWidth && x.rows == segments.rows,
      "[\(x.rows), \(x.columns)] is not \(segments.rows) rows of \(heads) heads of \(headWidth)")
    let (base, columns) = unsafe (x.base, x.columns)
    let places = axes.flatMap { axes in
      segments.coordinates.map { coordinates in axes.map { coordinates[$0] } }
    }
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
          for i in 0..<half {
            let place = places?[i][range.lowerBound + row] ?? start + row
            let angle = Float(place) * frequencies[i]
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
