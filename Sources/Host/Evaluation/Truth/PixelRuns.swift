/// A set of pixels, as stretches of a picture that is counted row by row.
struct PixelRuns: Sendable {
  /// Ascending, without overlap.
  let runs: [Range<Int>]
  /// How many pixels lie in the runs before each, and in all of them.
  private let counts: [Int]

  /// - Parameter runs: ascending, without overlap.
  init(_ runs: [Range<Int>]) {
    self.runs = runs
    counts = runs.reduce(into: [0]) { counts, run in
      counts.append((counts.last ?? 0) + run.count)
    }
  }

  /// How many pixels of a stretch are in the set.
  func count(in stretch: Range<Int>) -> Int {
    count(below: stretch.upperBound) - count(below: stretch.lowerBound)
  }

  private func count(below pixel: Int) -> Int {
    var (low, high) = (0, runs.count)
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].lowerBound < pixel { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return 0 }
    return counts[low - 1] + min(runs[low - 1].count, pixel - runs[low - 1].lowerBound)
  }
}
