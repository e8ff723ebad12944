import ArgumentParser
import LatentLensFormats
import LatentLensLenses
import LatentLensReading

extension CommonOptions {
  /// Does what a request asks for, and tells what was found; or tells what it will take.
  ///
  /// A check that does not hold is told whether or not anybody wants to hear it, and ends in failure; what
  /// was found is written all the same.
  func carryOut(
    _ request: Request, as work: String, planOnly: Bool, policy: OutputPolicy, partLimit: Int
  ) throws {
    let job = try RunJob(request, loader: loader, ranks: ranks, partLimit: partLimit)
    if planOnly {
      try console.write(job.plan().description)
      return
    }
    let progress = console.progress(work)
    let interruption = interruption()
    defer { progress.finish() }
    let outcome = try job.run(policy: policy, leaveOut: Console.complain) {
      progress.update($0)
      try interruption.check()
    }
    progress.finish()
    guard let outcome else { return }
    let failed = outcome.results.failedChecks.map { model, check in
      "\(model): \(check.name): \(check.figure) instead of at most \(check.bound)"
    }
    if !failed.isEmpty {
      Console.complain(
        "self-checks do not hold, so that readings may be wrong: "
          + failed.joined(separator: "; "))
    }
    try console.note(outcome.results.summary)
    try console.note("report: \(outcome.report)")
    if !failed.isEmpty { throw ExitCode.failure }
  }
}
