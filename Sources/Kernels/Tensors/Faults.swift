internal import CLatentLensKernels

/// What the system ends a process for without a word.
package enum Faults {
  /// From now on, a mapped file that somebody shortens while it is read, and memory or open files that there are
  /// no more of, end the process with one line and status 1.
  ///
  /// For the tool alone, whose process is its own: signals are the business of the whole process.
  /// - Parameter prefix: what the line begins with.
  package static func report(as prefix: String) { unsafe ll_report_faults(prefix) }
}
