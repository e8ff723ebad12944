import LatentLensFormats
import LatentLensTestSupport
import Synchronization

/// A judge behind a local server, which counts what is paid for and can be made to fail.
final class JudgeServer: Sendable {
  private let server: LocalServer
  private let state: State

  /// What goes wrong with some attempts.
  enum Fault: CaseIterable {
    case tooMany, broken, cut, slow, nothing
  }

  final class State: Sendable {
    struct Counts {
      /// How often each request was answered as a whole, by its body.
      var paid: [String: Int] = [:]
      var attempts: [String: Int] = [:]
      var faults: [Fault: Int] = [:]
      var keys: Set<String> = []
    }
    let counts = Mutex(Counts())
  }

  var counts: State.Counts { state.counts.withLock { $0 } }
  var url: String { "http://127.0.0.1:\(server.port)/v1" }
  var paidCount: Int { state.counts.withLock { $0.paid.values.reduce(0, +) } }

  /// - Parameters:
  ///   - fails: whether faults come before answers.
  ///   - refusal: what every request is answered; nil answers as a judge.
  init(fails: Bool = false, refusal: LocalServer.Reply? = nil) throws {
    let state = State()
    self.state = state
    server = try LocalServer { request in
      state.counts.withLock { _ = $0.keys.insert(request.headers["authorization"] ?? "none") }
      if let refusal { return refusal }
      guard request.path == "/v1/chat/completions" else { return .init(status: 404) }
      let digest = SHA256.digest(of: request.body)
      let attempt = state.counts.withLock {
        $0.attempts[digest, default: 0] += 1
        return $0.attempts[digest] ?? 0
      }
      var reply = LocalServer.Reply(Self.answer(to: request.body, digest))
      if fails, attempt == 1, let fault = Self.fault(digest) {
        state.counts.withLock { $0.faults[fault, default: 0] += 1 }
        switch fault {
        case .tooMany:
          return .init(
            status: 429, "{\"error\": {\"message\": \"slow down\"}}", headers: ["Retry-After": "1"])
        case .broken: return .init(status: 500, "<html>oops")
        case .nothing: return .init("{\"id\": 1}")
        case .cut:
          reply.isCut = true
          return reply
        case .slow: reply.delay = 0.5
        }
      }
      state.counts.withLock { $0.paid[digest, default: 0] += 1 }
      return reply
    }
  }

  /// What goes wrong with the first attempt of a request; most go well.
  private static func fault(_ digest: String) -> Fault? {
    let number = Int(digest.prefix(4), radix: 16) ?? 0
    return number % 3 == 0 ? Fault.allCases[number / 3 % Fault.allCases.count] : nil
  }

  /// Words with an `a` are concrete, the last word is global; some answers are nonsense, some are cut, and
  /// some name words that nobody asked for.
  private static func answer(to body: String, _ digest: String) -> String {
    let words = words(in: body)
    let concrete = words.filter { $0.contains("a") } + ["zebra"]
    let object: JSONValue = [
      "reasoning": "{so} it \"is\"", "concrete_words": .array(concrete.map(JSONValue.string)),
      "abstract_words": [],
      "global_words": .array(words.suffix(1).map { .string($0.uppercased()) }),
    ]
    let number = Int(digest.suffix(4), radix: 16) ?? 0
    let text =
      switch number % 10 {
      case 0: "I see nothing of the kind."
      case 1: String(object.text().prefix(20))
      default: "Here you are:\n```json\n\(object.text())\n```"
      }
    return
      ([
        "choices": [
          ["message": ["role": "assistant", "content": .string(text)], "finish_reason": "stop"]
        ],
        "usage": ["prompt_tokens": 900, "completion_tokens": 80],
      ] as JSONValue).text()
  }

  private static func words(in body: String) -> [String] {
    guard let root = try? JSONNode(parsing: Array(body.utf8), file: "request"),
      let content = try? root["messages"]?.elements().first?["content"]?.elements(),
      content.count == 3, let text = try? content[1]["text"]?.string(),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Candidate words: ") }),
      let list = try? JSONNode(parsing: Array(line.dropFirst(17).utf8), file: "words").elements()
    else { return [] }
    return list.compactMap { try? $0.string() }
  }
}
