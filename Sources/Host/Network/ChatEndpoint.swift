internal import Foundation
package import LatentLensFormats

/// A server that speaks OpenAI's chat completions, and a model behind it.
package struct ChatEndpoint: Sendable {
  /// Where its paths begin, such as `https://api.openai.com/v1`.
  package let base: String
  package let model: String
  /// Whether nobody on the way can read what is sent.
  package var isEncrypted: Bool { base.hasPrefix("https://") }
  private let key: String?
  private let client: HTTPClient

  /// - Parameters:
  ///   - key: opens the server; it is sent there, and told nowhere else.
  ///   - timeout: the longest that a request may take, in seconds.
  /// - Throws: `HostError` for an address that is none, or holds a secret.
  package init(
    base: String, model: String, key: String?, timeout: Int, agent: String
  ) throws(HostError) {
    var base = base
    while base.hasSuffix("/") { base.removeLast() }
    guard let parts = URLComponents(string: base), ["http", "https"].contains(parts.scheme),
      parts.host?.isEmpty == false
    else {
      throw HostError("\(base): is no address of a server; write https://HOST/v1")
    }
    guard parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil else {
      throw HostError(
        "\(parts.scheme ?? "")://\(parts.host ?? ""): the address of a server holds no user, password "
          + "or question; give a key by LATENTLENS_JUDGE_KEY")
    }
    if let key, key.unicodeScalars.contains(where: { $0.value <= 32 || $0.value >= 127 }) {
      throw HostError("LATENTLENS_JUDGE_KEY holds a character that no key has")
    }
    self.base = base
    self.model = model
    self.key = key.flatMap { $0.isEmpty ? nil : $0 }
    client = try HTTPClient(timeout: timeout, agent: agent)
  }

  /// Where requests go.
  package var address: String { "\(base)/chat/completions" }

  /// How often a request is tried.
  static let attempts = 8

  /// How long to wait after so many failures, in seconds: twice as long each time, a minute at most.
  static func pause(afterFailures count: Int) -> Double { min(60, Double(1 << (count - 1))) }

  /// Sends a request until it is answered. What passes is waited for: a server that has too much to do or an
  /// error of its own, a connection that is cut.
  ///
  /// - Parameter pause: waits for so many seconds; what it throws ends the trying.
  /// - Throws: `HostError` where the server refuses, or has not answered after several times.
  package func ask(
    _ request: JSONValue, pause: (_ seconds: Double) throws -> Void
  ) throws -> ChatAnswer {
    let body = Array(request.text().utf8)
    var failures = 0
    while true {
      let (reason, wait): (String, Double?)
      switch try attempt(body) {
      case .answered(let answer): return answer
      case .failed(let why, let asked): (reason, wait) = (why, asked)
      }
      failures += 1
      guard failures < Self.attempts else {
        throw HostError(
          "\(address): \(reason), \(failures) times; what was answered is kept, the same command "
            + "goes on from there")
      }
      try pause(wait ?? Self.pause(afterFailures: failures))
    }
  }

  private enum Attempt {
    case answered(ChatAnswer)
    /// - Parameter wait: how long the server asks to wait, in seconds; nil where it does not say.
    case failed(reason: String, wait: Double?)
  }

  /// - Throws: `HostError` where the server refuses.
  private func attempt(_ body: [UInt8]) throws(HostError) -> Attempt {
    let answer: HTTPClient.Answer
    do {
      answer = try client.post(body, to: address, authorization: key.map { "Bearer \($0)" })
    } catch {
      return .failed(reason: error.reason, wait: nil)
    }
    guard answer.status != 200 else {
      return ChatAnswer(answer.body).map(Attempt.answered)
        ?? .failed(reason: "what came is no chat completion", wait: nil)
    }
    let reason = complaint(answer.status, answer.body)
    guard Self.passes(answer.status) else { throw refusal(answer.status, reason) }
    return .failed(reason: reason, wait: answer.retryAfter)
  }

  /// Whether what a server answers may be otherwise a little later.
  private static func passes(_ status: Int) -> Bool {
    [408, 409, 425, 429].contains(status) || (500...599).contains(status)
  }

  private func refusal(_ status: Int, _ reason: String) -> HostError {
    let advice =
      switch status {
      case 401, 403: "check LATENTLENS_JUDGE_KEY"
      case 404: "check the address and the model's name"
      case 300...399: "it wants to be asked elsewhere; give that address"
      default: "check the model's name and --judge-options"
      }
    return HostError("\(address): \(reason); \(advice)")
  }

  /// What a server says of an error, in a line.
  private func complaint(_ status: Int, _ body: [UInt8]) -> String {
    let root = try? JSONNode(parsing: body, file: "")
    let said = try? (root?["error"]?["message"] ?? root?["error"] ?? root?["message"])?.string()
    return "answered \(status)" + (said.map { ": \(withoutKey($0).prefix(300))" } ?? "")
  }

  /// A server may repeat what it was sent.
  private func withoutKey(_ text: String) -> String {
    key.map { text.replacingOccurrences(of: $0, with: "…") } ?? text
  }
}

/// What a model behind an endpoint has answered.
package struct ChatAnswer: Sendable, Equatable {
  package let text: String
  /// Why it ended, such as `stop`, or `length` where it was cut; nil where the server does not say.
  package let ending: String?
  /// The tokens that were read and written; nil where the server does not say.
  package let promptTokens: Int?
  package let answerTokens: Int?

  package init(text: String, ending: String?, promptTokens: Int?, answerTokens: Int?) {
    self.text = text
    self.ending = ending
    self.promptTokens = promptTokens
    self.answerTokens = answerTokens
  }

  /// Nil for what is no chat completion.
  init?(_ body: [UInt8]) {
    guard let root = try? JSONNode(parsing: body, file: ""),
      let choice = try? root["choices"]?.elements().first, let message = choice["message"]
    else { return nil }
    // A model may have said nothing, and is paid all the same.
    text = message["content"].flatMap(Self.text) ?? ""
    ending = try? choice["finish_reason"]?.string()
    promptTokens = try? root["usage"]?["prompt_tokens"]?.integer()
    answerTokens = try? root["usage"]?["completion_tokens"]?.integer()
  }

  /// A text, or the texts of several parts.
  private static func text(_ content: JSONNode) -> String? {
    if let text = try? content.string() { return text }
    guard let parts = try? content.elements() else { return nil }
    return parts.compactMap { try? $0["text"]?.string() }.joined()
  }
}
