/// One value for each way of counting what is right among the nearest five.
struct Figures<Value: Sendable>: Sendable {
  /// Of the nearest.
  var top1: Value
  /// The mean of the nearest five.
  var mean5: Value
  /// Whether any of them is.
  var any5: Value

  func map<Result>(_ transform: (Value) throws -> Result) rethrows -> Figures<Result> {
    Figures<Result>(
      top1: try transform(top1), mean5: try transform(mean5), any5: try transform(any5))
  }
}

/// A share, with the interval that it lies in.
struct Estimate: Sendable {
  let value: Double
  /// Nil for a share that is known from one picture alone.
  let interval: ClosedRange<Double>?
}

/// What was right in a picture: sums over readings.
struct Tally: Sendable {
  private(set) var readings = 0.0
  private(set) var right = Figures(top1: 0.0, mean5: 0.0, any5: 0.0)

  /// Counts a reading.
  ///
  /// - Parameters:
  ///   - hits: which of its nearest neighbours are right, the nearest first.
  ///   - times: how often it counts.
  mutating func add(_ hits: [Bool], times: Int = 1) {
    let (times, rightCount) = (Double(times), hits.count(where: \.self))
    readings += times
    guard rightCount > 0 else { return }
    right.top1 += hits[0] ? times : 0
    right.mean5 += times * Double(rightCount) / Double(hits.count)
    right.any5 += times
  }
}
