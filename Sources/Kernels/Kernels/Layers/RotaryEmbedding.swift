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

  /// How far each row is turned: the cosines and behind them the sines of its angles, `[rows, rotaryWidth]`.
  public struct Turns: ~Copyable {
    fileprivate let table: Matrix
  }

  /// The turns of the rows of some sequences, by their positions.
  public func turns(of segments: Segments) -> Turns {
    let places = axes.flatMap { axes in
      segments.coordinates.map { coordinates in axes.map { coordinates[$0] } }
    }
    let positions = segments.positions
    let owners = (0..<segments.count).flatMap { repeatElement($0, count: segments.range($0).count) }
    let frequencies = (0..<segments.count).map { segment in
      self.frequencies(length: segments.starts[segment] + segments.range(segment).count)
    }
    let half = rotaryWidth / 2
    let table = Matrix(uninitializedRows: segments.rows, columns: rotaryWidth)
    let base = unsafe table.base
    table.forEachRow(compute) { row in
      let frequencies = frequencies[owners[row]]
      let cosines = unsafe base + row * rotaryWidth
      for i in 0..<half {
        let angle = Float(places?[i][row] ?? positions[row]) * frequencies[i]
        unsafe cosines[i] = cosf(angle) * magnitude
        unsafe cosines[half + i] = sinf(angle) * magnitude
      }
    }
    return Turns(table: table)
  }

  /// Turns every head of every row, in place.
  ///
  /// - Parameter x: queries or keys, `[n, heads * headWidth]`, as many rows as there are turns.
  public func rotate(_ x: inout Matrix, heads: Int, by turns: borrowing Turns) {
    let half = rotaryWidth / 2
    precondition(
      x.columns == heads * headWidth && x.rows == turns.table.rows,
      "[\(x.rows), \(x.columns)] is not \(turns.table.rows) rows of \(heads) heads of \(headWidth)"
    )
    let (base, columns, table) = unsafe (x.base, x.columns, turns.table.base)
    x.forEachRow(compute) { row in
      let cosines = unsafe table + row * rotaryWidth
      for head in 0..<heads {
        unsafe ll_rotate(
          base + row * columns + head * headWidth, cosines, cosines + half, half)
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
