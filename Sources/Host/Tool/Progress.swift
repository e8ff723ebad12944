import Foundation
import LatentLensFormats
import LatentLensReading

/// A line on the terminal that tells how far work is, at what rate, and how long it will take.
final class Progress {
  private let work: String
  private let isShown: Bool
  private let start = Date()
  private var lastShown = Date.distantPast
  /// What was done before anything was reported: by an earlier run.
  private var before: Int?
  private var hasShown = false

  init(_ work: String, isShown: Bool) {
    self.work = work
    self.isShown = isShown
  }

  /// Work that takes less than two seconds goes unmentioned.
  func update(_ step: RunJob.Step) {
    let (done, total, unit) = (step.done, step.total, step.unit)
    let before = before ?? done
    self.before = before
    let now = Date()
    let elapsed = now.timeIntervalSince(start)
    guard isShown, elapsed > 2, now.timeIntervalSince(lastShown) > 0.1 else { return }
    lastShown = now
    hasShown = true
    let rate = Double(done - before) / elapsed
    let left = rate > 0 ? Double(total - done) / rate : 0
    let rateText = rate >= 10 ? String(Int(rate)) : String(format: "%.1f", rate)
    write(
      "\r\u{1B}[K\(work): \(step.detail.isEmpty ? "" : step.detail + ", ")\(done) of \(total) \(unit), "
        + "\(rateText) \(unit)/s, \(Self.span(left)) left"
    )
  }

  func finish() {
    if hasShown { write("\r\u{1B}[K") }
    hasShown = false
  }

  private func write(_ text: String) {
    // Whoever watched may have gone.
    try? StandardStream.error.write(text)
  }

  /// A span of seconds in words.
  static func span(_ seconds: Double) -> String {
    let seconds = Int(seconds.rounded())
    if seconds < 60 { return "\(seconds) s" }
    if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
    return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
  }
}
