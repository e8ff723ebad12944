import LatentLensEvaluation
import LatentLensFormats
import LatentLensNetwork
import LatentLensTestSupport
import Synchronization
import Testing

/// The parts of a judge that need none: which patches are drawn, and how a server is asked.
@Suite struct JudgeTests {
  @Test(arguments: [
    (24, [[14, 19], [2, 13], [0, 12], [17, 5], [6, 8]]),
    (27, [[4, 14], [1, 0], [11, 6], [10, 0], [9, 3]]),
    (16, [[11, 9], [2, 0], [0, 6], [13, 7], [5, 0]]),
  ])
  func patchesAreThoseOfTheMethodsOwnEvaluation(_ side: Int, _ places: [[Int]]) {
    var random = PythonRandom(seed: 42)
    let count = (side - 2) * (side - 2)
    for place in places {
      let drawn = random.sample(1, of: count)[0]
      #expect([drawn / (side - 2), drawn % (side - 2)] == place)
    }
  }

  /// `random.seed(42)`, then `random.sample(range(n), k)` three times, of CPython 3.11.
  @Test func samplesAreThoseOfPython() {
    var random = PythonRandom(seed: 42)
    #expect(
      random.sample(13, of: 100) == [81, 14, 3, 94, 35, 31, 28, 17, 13, 86, 69, 11, 75])
    #expect(random.sample(6, of: 10) == [6, 0, 8, 7, 1, 5])
    #expect(random.sample(9, of: 4000) == [2069, 2465, 108, 2298, 814, 2932, 2661, 2872, 2232])
  }

  private func endpoint(_ server: LocalServer, key: String = "sk-1", timeout: Int = 30) throws
    -> ChatEndpoint
  {
    try ChatEndpoint(
      base: "http://127.0.0.1:\(server.port)/v1/", model: "m", key: key, timeout: timeout,
      agent: "tests")
  }

  private final class Replies: Sendable {
    let left: Mutex<[LocalServer.Reply]>
    init(_ replies: [LocalServer.Reply]) { left = Mutex(replies) }
    func next() -> LocalServer.Reply {
      left.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? .init(status: 500) }
    }
  }

  private static let sound = """
    {"choices": [{"message": {"content": "yes"}, "finish_reason": "length"}], "usage": {"prompt_tokens": 7}}
    """

  /// The key is a piece of what is answered, and spoils nothing.
  @Test func whatPassesIsWaitedFor() throws {
    var cut = LocalServer.Reply(Self.sound)
    cut.isCut = true
    let replies = Replies([
      .init(status: 429, headers: ["Retry-After": "7"]), .init(status: 503), cut, .init("[]"),
      .init(Self.sound),
    ])
    let server = try LocalServer { _ in replies.next() }
    var waits: [Double] = []
    let answer = try endpoint(server, key: "token").ask([:]) { waits.append($0) }
    #expect(answer == ChatAnswer(text: "yes", ending: "length", promptTokens: 7, answerTokens: nil))
    #expect(waits == [7, 2, 4, 8])
  }

  @Test func aServerThatNeverAnswersIsGivenUp() throws {
    let server = try LocalServer { _ in .init(status: 500, "{\"error\": \"no\"}") }
    var waits: [Double] = []
    let error = #expect(throws: HostError.self) {
      try endpoint(server).ask([:]) { waits.append($0) }
    }
    #expect(waits == [1, 2, 4, 8, 16, 32, 60])
    #expect(error?.description.contains("answered 500: no, 8 times") == true)
  }

  @Test func aServerThatIsTooSlowIsAskedAgain() throws {
    var slow = LocalServer.Reply(Self.sound)
    slow.delay = 3
    let replies = Replies([slow, .init(Self.sound)])
    let server = try LocalServer { _ in replies.next() }
    var waits: [Double] = []
    _ = try endpoint(server, timeout: 1).ask([:]) { waits.append($0) }
    #expect(waits == [1])
  }

  @Test(arguments: [400, 401, 404, 302])
  func aRefusalEndsIt(_ status: Int) throws {
    let server = try LocalServer { _ in
      .init(
        status: status, "{\"error\": {\"message\": \"sk-1 is wrong\"}}", headers: ["Location": "/x"]
      )
    }
    let error = #expect(throws: HostError.self) {
      try endpoint(server).ask([:]) { _ in Issue.record("waited") }
    }
    #expect(error?.description.contains("answered \(status): … is wrong") == true)
  }

  private struct Enough: Error {}

  @Test func waitingCanBeEnded() throws {
    let server = try LocalServer { _ in .init(status: 429) }
    #expect(throws: Enough.self) { try endpoint(server).ask([:]) { _ in throw Enough() } }
  }
}
