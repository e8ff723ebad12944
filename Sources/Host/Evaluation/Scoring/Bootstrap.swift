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
    let readings = Readings(tallies.map(\.readings), self)
    guard readings.total > 0 else { return nil }
    let sums = Figures(
      top1: tallies.map(\.right.top1), mean5: tallies.map(\.right.mean5),
      any5: tallies.map(\.right.any5))
    return sums.map { estimate($0, readings) }
  }

  /// How much was counted: in each picture, and in each draw of them.
  struct Readings {
    let counts: [Double]
    fileprivate let drawn: [Double]
    let total: Double

    /// - Parameter counts: one per picture.
    init(_ counts: [Double], _ bootstrap: Bootstrap) {
      self.counts = counts
      drawn = bootstrap.draws.map { Bootstrap.sum($0, counts) }
      total = counts.reduce(0, +)
    }
  }

  /// The share of what is right.
  ///
  /// - Parameters:
  ///   - sums: what is right in each picture.
  ///   - readings: how much was counted, which is more than nothing.
  func estimate(_ sums: [Double], _ readings: Readings) -> Estimate {
    Estimate(
      value: sums.reduce(0, +) / readings.total,
      interval: readings.counts.count { $0 > 0 } < 2 ? nil : interval(of: sums, readings.drawn))
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
