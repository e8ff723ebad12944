internal import LatentLensTensors

/// Intervals of shares, from pictures drawn again and again with replacement.
///
/// Tokens of one picture are alike, so that whole pictures are drawn. The draws are the same for every
/// figure and every run over as many pictures.
struct Bootstrap: Sendable {
  static let seed: UInt64 = 0
  static let drawCount = 1000
  static let level = 0.95

  /// Per draw, how often each picture came.
  private let draws: [[Double]]

  init(pictureCount: Int) {
    var random = SeededRandom(seed: Self.seed)
    draws = (0..<Self.drawCount).map { _ in
      var times = [Double](repeating: 0, count: pictureCount)
      for _ in 0..<pictureCount { times[random.next(below: pictureCount)] += 1 }
      return times
    }
  }

  /// The share of what is right, for each way of counting; nil where nothing was counted.
  ///
  /// - Parameter tallies: one per picture.
  func estimates(_ tallies: [Tally]) -> Figures<Estimate>? {
    let readings = tallies.map(\.readings)
    let total = readings.reduce(0, +)
    guard total > 0 else { return nil }
    let sums = Figures(
      top1: tallies.map(\.right.top1), mean5: tallies.map(\.right.mean5),
      any5: tallies.map(\.right.any5))
    let drawnReadings = draws.map { Self.sum($0, readings) }
    return sums.map { sums in
      Estimate(
        value: sums.reduce(0, +) / total,
        interval: readings.count { $0 > 0 } < 2 ? nil : interval(of: sums, drawnReadings))
    }
  }

  private func interval(of sums: [Double], _ drawnReadings: [Double]) -> ClosedRange<Double>? {
    let shares = zip(draws, drawnReadings).compactMap { draw, readings in
      readings > 0 ? Self.sum(draw, sums) / readings : nil
    }.sorted()
    guard !shares.isEmpty else { return nil }
    let tail = (1 - Self.level) / 2
    return Self.quantile(shares, tail)...Self.quantile(shares, 1 - tail)
  }

  private static func sum(_ draw: [Double], _ values: [Double]) -> Double {
    zip(draw, values).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// The value that a share of others lie below, between two of them in proportion.
  private static func quantile(_ ascending: [Double], _ share: Double) -> Double {
    let place = Double(ascending.count - 1) * share
    let low = Int(place)
    let high = min(low + 1, ascending.count - 1)
    return ascending[low] + (ascending[high] - ascending[low]) * (place - Double(low))
  }
}
