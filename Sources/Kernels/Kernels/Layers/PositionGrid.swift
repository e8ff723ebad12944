internal import Glibc

/// Learned positions of a square raster of patches, resampled for rasters of other sizes as torch's
/// `interpolate(mode="bicubic", align_corners=False)` does.
///
/// Without antialiasing torch takes four places and the cubic kernel with a = -0.75; with it, as many
/// as a reduction covers, a = -0.5, and weights that sum to 1.
public struct PositionGrid: Sendable {
  public let side: Int
  public let width: Int
  private let weight: Weight
  private let antialiases: Bool

  /// - Parameter weight: `[side * side, width]`, row-major over the raster.
  public init(_ weight: Weight, side: Int, antialiases: Bool = false) {
    precondition(
      weight.shape.count == 2 && weight.shape[0] == side * side,
      "\(weight.name): \(weight.shape) is no raster of \(side) x \(side) positions")
    self.weight = weight
    self.side = side
    width = weight.shape[1]
    self.antialiases = antialiases
  }

  /// The positions of a raster, `[rows * columns, width]`.
  public func callAsFunction(rows: Int, columns: Int) -> Matrix {
    let values = weight.floats()
    guard rows != side || columns != side else {
      return Matrix(rows: side * side, columns: width, values: values)
    }
    let (vertical, horizontal) = (taps(rows), taps(columns))
    var resampled: [Float] = []
    resampled.reserveCapacity(rows * columns * width)
    for row in vertical {
      for column in horizontal {
        var cell = [Float](repeating: 0, count: width)
        for (y, v) in row {
          for (x, h) in column {
            let start = (y * side + x) * width
            for i in 0..<width { cell[i] += v * h * values[start + i] }
          }
        }
        resampled += cell
      }
    }
    return Matrix(rows: rows * columns, columns: width, values: resampled)
  }

  /// One of the places that a resampled place is made of.
  private typealias Tap = (place: Int, weight: Float)

  private func taps(_ count: Int) -> [[Tap]] {
    (0..<count).map { antialiases ? coveringTaps($0, of: count) : fourTaps($0, of: count) }
  }

  /// The four places around; those beyond the border are the border's.
  private func fourTaps(_ index: Int, of count: Int) -> [Tap] {
    let center = Float(side) / Float(count) * (Float(index) + 0.5) - 0.5
    let first = floorf(center)
    return (-1...2).map { step in
      let place = Int(first) + step
      return (
        min(max(place, 0), side - 1), Self.cubic(center - first - Float(step), a: -0.75)
      )
    }
  }

  /// All places under the kernel, which is as wide as a reduction needs.
  private func coveringTaps(_ index: Int, of count: Int) -> [Tap] {
    let scale = Float(side) / Float(count)
    let stretch = max(scale, 1)
    let center = scale * (Float(index) + 0.5)
    let low = max(Int(center - 2 * stretch + 0.5), 0)
    let high = min(Int(center + 2 * stretch + 0.5), side)
    let weights = (low..<high).map {
      Self.cubic((Float($0) - center + 0.5) / stretch, a: -0.5)
    }
    let total = weights.reduce(0, +)
    return zip(low..<high, weights).map { ($0, $1 / total) }
  }

  /// The cubic convolution kernel (Keys, 1981).
  private static func cubic(_ x: Float, a: Float) -> Float {
    let d = abs(x)
    if d < 1 { return ((a + 2) * d - (a + 3)) * d * d + 1 }
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0
  }
}
