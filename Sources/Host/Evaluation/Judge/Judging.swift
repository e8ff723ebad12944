internal import Dispatch
internal import Foundation
internal import LatentLensFormats
internal import LatentLensNetwork
package import LatentLensReading
internal import Synchronization

/// The readings of a finished run before a judge.
package struct Judging: Sendable {
  private let judge: Judge
  private let questions: JudgeQuestions
  private let store: AnswerStore

  /// Draws the patches and finds out what has to be asked; nothing is sent.
  ///
  /// - Throws: `JSONError` for results that cannot be read, `HostError` for a run in which nothing can be judged,
  ///   and what is wrong with a picture that cannot be read again.
  package init(of run: FinishedRun, by judge: Judge, _ options: EvaluationOptions) throws {
    self.judge = judge
    store = AnswerStore(folder: judge.answers ?? "\(run.folder)/answers")
    let models = try run.models.map { try ReadModel($0) }
      .filter { judge.hasControls || $0.control == nil }
    questions = try JudgeQuestions(of: models, judge, isDistinct: options.isDistinct)
    guard !questions.questions.isEmpty else {
      throw HostError(
        "\(run.path): holds no reading that could be judged: no picture has 3 x 3 visual tokens with words"
      )
    }
  }

  /// What a picture of the judge's size and its detail are counted as, and what else is said.
  private static let guess = (promptTokens: 860, answerTokens: 250)

  /// What asking will take.
  package func estimate() throws -> JudgeEstimate {
    let answers = try questions.questions.compactMap { try store.answer(to: $0.digest) }
    let open = questions.questions.count - answers.count
    func mean(_ counts: [Int]) -> Int? {
      counts.isEmpty ? nil : counts.reduce(0, +) / counts.count
    }
    let read = mean(answers.compactMap(\.promptTokens))
    let written = mean(answers.compactMap(\.answerTokens))
    return JudgeEstimate(
      requests: questions.questions.count, answered: answers.count,
      promptTokens: open * (read ?? Self.guess.promptTokens),
      answerTokens: open * (written ?? Self.guess.answerTokens),
      judge: "\(judge.endpoint.model) at \(judge.endpoint.base)"
        + (judge.endpoint.isEncrypted ? "" : ", unencrypted"),
      isMeasured: read != nil && written != nil)
  }

  /// Asks what is not answered yet. Every answer is on the disk before it counts.
  ///
  /// - Parameters:
  ///   - check: is called often, from any thread; what it throws ends the asking where nothing is lost: what was
  ///     sent is waited for.
  ///   - progress: is told how many requests are answered.
  package func ask(
    check: @escaping @Sendable () throws -> Void = {}, progress: (RunJob.Step) -> Void = { _ in }
  ) throws {
    let open = try questions.questions.filter { try store.answer(to: $0.digest) == nil }
    let all = questions.questions.count
    var drawing = Drawing(questions.models)
    for first in stride(from: 0, to: open.count, by: judge.requestsAtOnce) {
      let wave = open[first..<min(first + judge.requestsAtOnce, open.count)]
      let requests = try wave.map { ($0.digest, try questions.request($0, &drawing)) }
      try check()
      try send(requests, check)
      progress(
        RunJob.Step(done: all - open.count + first + wave.count, total: all, unit: "requests"))
    }
  }

  /// Sends requests at the same time, and keeps their answers.
  private func send(
    _ requests: [(digest: String, request: JSONValue)],
    _ check: @escaping @Sendable () throws -> Void
  ) throws {
    let (group, failure) = (DispatchGroup(), FirstFailure())
    for (digest, request) in requests {
      group.enter()
      // Threads of their own: all that they do is wait.
      Thread.detachNewThread { [judge, store] in
        defer { group.leave() }
        do {
          let answer = try judge.endpoint.ask(request) { try Self.wait($0, check) }
          try store.keep(answer, to: digest, of: judge.endpoint)
        } catch {
          failure.error.withLock { $0 = $0 ?? error }
        }
      }
    }
    group.wait()
    if let error = failure.error.withLock({ $0 }) { throw error }
  }

  private final class FirstFailure: Sendable {
    let error = Mutex<(any Error)?>(nil)
  }

  private static func wait(_ seconds: Double, _ check: () throws -> Void) throws {
    let end = ContinuousClock.now + .seconds(seconds)
    repeat {
      try check()
      Thread.sleep(forTimeInterval: 0.05)
    } while ContinuousClock.now < end
  }

  /// What the judge has said.
  ///
  /// - Throws: `HostError` where something has not been asked yet.
  package func judged() throws -> Judged {
    var answers: [String: ChatAnswer] = [:]
    for question in questions.questions {
      guard let answer = try store.answer(to: question.digest) else {
        throw HostError("\(store.folder): has no answer to \(question.digest); judge the run again")
      }
      answers[question.digest] = answer
    }
    return Judged(questions, answers, by: judge)
  }
}
