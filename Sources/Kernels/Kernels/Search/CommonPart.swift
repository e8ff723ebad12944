internal import CLatentLensKernels
public import LatentLensTensors

/// What vectors have in common, whatever they mean: the mean of the unit vectors, and the first principal
/// directions around it.
///
/// Hidden states crowd around a few directions (Ethayarajh, arXiv 1909.00512), so that any two have a large
/// cosine; without them ("all but the top", Mu, Bhat and Viswanath, arXiv 1702.01417) cosines tell meanings apart.
public struct CommonPart: Sendable, Equatable {
  /// `[width]`
  public let mean: [Float]
  /// Orthonormal, those of the largest variance first, each `[width]`.
  public let directions: [[Float]]

  public init(mean: [Float], directions: [[Float]] = []) {
    precondition(
      directions.allSatisfy { $0.count == mean.count }, "directions are not as wide as their mean")
    self.mean = mean
    self.directions = directions
  }

  /// How many rows directions are measured on, if there are more: every n-th, so that they are spread evenly.
  public static let sampledRows = 16_384

  /// Measures the rows of a table, each made unit.
  ///
  /// - Parameters:
  ///   - rows: `[count, width]`; the mean is that of all, the directions those of `sampledRows` at most.
  ///   - directions: the most directions; fewer where rows do not vary in as many.
  public init(of rows: Weight, directions: Int) {
    precondition(rows.shape.count == 2, "\(rows.name): \(rows.shape) is no table")
    let mean = meanOfUnitRows(rows)
    guard directions > 0 else {
      self.init(mean: mean)
      return
    }
    let (count, width) = (rows.shape[0], rows.shape[1])
    let step = max(1, (count + Self.sampledRows - 1) / Self.sampledRows)
    let numbers = Array(stride(from: 0, to: count, by: step))
    self.init(
      mean: mean,
      directions: principalDirections(of: numbers.count, width: width, count: directions) { slice in
        var sample = Matrix(uninitializedRows: slice.count, columns: width)
        for (place, number) in numbers[slice].enumerated() {
          unsafe rows.decode(
            rows: number..<number + 1, columns: 0..<width, into: sample.base + place * width)
        }
        sample.normalizeRows()
        sample.add(row: mean.map { -$0 })
        return sample
      })
  }

  /// Measures directions around a mean that is known.
  ///
  /// - Parameter rows: `[count, width]`, unit.
  public init(mean: [Float], ofUnitRows rows: consuming Matrix, directions: Int) {
    var centred = rows
    centred.add(row: mean.map { -$0 })
    self.init(
      mean: mean,
      directions: principalDirections(of: centred.rows, width: centred.columns, count: directions) {
        centred.rows($0)
      })
  }

  /// The same with no more than the first directions.
  public func keeping(_ count: Int) -> CommonPart {
    CommonPart(mean: mean, directions: Array(directions.prefix(count)))
  }
}

extension Matrix {
  /// Takes what they have in common from some rows, which are unit; what is left has any length.
  public mutating func remove(_ common: CommonPart, at indices: [Int]) {
    add(row: common.mean.map { -$0 }, at: indices)
    project(awayFrom: common.directions, at: indices)
  }

  /// Takes from every row its share of a point, which is not nothing, and returns how much of the point that was; of an
  /// empty point nothing.
  mutating func removeShares(of point: [Float]) -> [Float] {
    guard !point.isEmpty else { return Array(repeating: 0, count: rows) }
    let square = max(unsafe ll_dot_exact(point, point, point.count), 1e-24)
    return (0..<rows).map { index in
      let row = unsafe base + index * columns
      let share = Float(unsafe ll_dot_exact(row, point, columns) / square)
      for column in 0..<columns { unsafe row[column] -= share * point[column] }
      return share
    }
  }

  /// Takes their shares of orthonormal directions from some rows; nil is every row.
  mutating func project(awayFrom directions: [[Float]], at indices: [Int]? = nil) {
    for index in indices ?? Array(0..<rows) {
      let row = unsafe base + index * columns
      for direction in directions {
        let share = unsafe ll_dot(row, direction, columns)
        for column in 0..<columns { unsafe row[column] -= share * direction[column] }
      }
    }
  }

  /// Takes what they have in common from every row.
  public mutating func remove(_ common: CommonPart) { remove(common, at: Array(0..<rows)) }
}
