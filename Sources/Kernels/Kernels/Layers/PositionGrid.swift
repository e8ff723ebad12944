internal import Glibc
public import LatentLensTensors

/// Learned positions of a square raster of patches, resampled for rasters of other sizes as torch's
/// `interpolate` does.
public struct PositionGrid: Sendable {
  /// How places of another raster are found and weighed.
  public enum Resampling: Sendable, Equatable {
    /// Four places and the cubic kernel with a = -0.75, half-pixel centres.
    case bicubic
    /// As many places as a reduction covers, a = -0.5, and weights that sum to 1.
    case antialiasedBicubic
    /// Bicubic, but as if the new raster were larger by a fraction of a place: DINOv2's own code adds
    /// 0.1 and hands torch a `scale_factor`.
    case offsetBicubic(Double)
    /// Two places, the corners of both rasters on each other (`align_corners`).
    case alignedBilinear
  }

  public let side: Int
  public let width: Int
  private let weight: Weight
  private let resampling: Resampling

  /// - Parameter weight: `[side * side, width]`, row-major over the raster.
  public init(_ weight: Weight, side: Int, resampling: Resampling = .bicubic) {
    precondition(
      weight.shape.count == 2 && weight.shape[0] == side * side,
      "\(weight.name): \(weight.shape) is no raster of \(side) x \(side) positions")
    self.weight = weight
    self.side = side
    width = weight.shape[1]
    self.resampling = resampling
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
    (0..<count).map { index in
      switch resampling {
      case .bicubic: fourTaps(index, step: Float(side) / Float(count))
      case .antialiasedBicubic: coveringTaps(index, of: count)
      case .offsetBicubic(let offset):
        fourTaps(index, step: Float(1 / ((Double(count) + offset) / Double(side))))
      case .alignedBilinear: twoTaps(index, of: count)
      }
    }
  }

  /// The four places around; those beyond the border are the border's.
  private func fourTaps(_ index: Int, step: Float) -> [Tap] {
    let center = step * (Float(index) + 0.5) - 0.5
    let first = floorf(center)
    return (-1...2).map { offset in
      let place = Int(first) + offset
      return (
        min(max(place, 0), side - 1), Self.cubic(center - first - Float(offset), a: -0.75)
      )
    }
  }

  /// The two places around, weighed by their nearness.
  private func twoTaps(_ index: Int, of count: Int) -> [Tap] {
    let center = Float(index * (side - 1)) / Float(max(count - 1, 1))
    let first = floorf(center)
    let place = Int(first)
    return [(place, 1 - (center - first)), (min(place + 1, side - 1), center - first)]
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
