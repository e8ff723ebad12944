import ArgumentParser
import LatentLensLenses
import LatentLensReading

extension CommonOptions {
  /// Does what a request asks for, and tells what was found; or tells what it will take.
  ///
  /// A check that does not hold is told whether or not anybody wants to hear it, and ends in failure; what
  /// was found is written all the same.
  func carryOut(_ request: Request, as work: String, planOnly: Bool) throws {
    let job = try RunJob(request, loader: loader)
    if planOnly {
      console.write(try job.plan().description)
      return
    }
    let progress = console.progress(work)
    let interruption = Interruption()
    defer { progress.finish() }
    let outcome = try job.run {
      progress.update($0)
      try interruption.check()
    }
    progress.finish()
    console.note(outcome.results.summary)
    console.note("report: \(outcome.report)")
    let failed = outcome.results.failedChecks.map { model, check in
      "\(model): \(check.name): \(check.figure) instead of at most \(check.bound)"
    }
    guard failed.isEmpty else {
      Console.complain(
        "self-checks do not hold, so that readings may be wrong: "
          + failed.joined(separator: "; "))
      throw ExitCode.failure
    }
  }
}
