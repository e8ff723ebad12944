package import LatentLensFormats
package import LatentLensNetwork

/// Who judges readings, and how much.
package struct Judge: Sendable {
  package let endpoint: ChatEndpoint
  /// Further members of each request, such as `{"temperature": 0}`.
  package var options = JSONObject()
  /// The folder of the answers; nil for one beside the results.
  package var answers: String?
  /// How many patches are judged of each lens at each layer.
  package var patchCount = 100
  /// Whether what shows nothing of the patch is judged as well.
  package var hasControls = true
  /// How many requests are under way at the same time.
  package var requestsAtOnce = 4

  package init(_ endpoint: ChatEndpoint) { self.endpoint = endpoint }

  /// The members of a request that are not the judge's to choose.
  private static let own: Set<String> = ["model", "messages", "stream", "n"]

  /// Reads the further members of requests.
  ///
  /// - Throws: `JSONError` for what is no object, or names a member that is not free.
  package static func options(_ text: String) throws(JSONError) -> JSONObject {
    let root = try JSONNode(parsing: Array(text.utf8), file: "--judge-options")
    for (key, node) in try root.members() where own.contains(key) {
      throw node.error("is not free; choose the model by --judge-model")
    }
    guard case .object(let object) = root.value else { throw root.error("is no object") }
    return object
  }
}

/// What asking a judge will take.
package struct JudgeEstimate: Sendable, CustomStringConvertible {
  /// How many requests there are, each once.
  package let requests: Int
  /// How many of them are answered already.
  package let answered: Int
  /// Tokens that the others will read and write, about.
  package let promptTokens: Int
  package let answerTokens: Int
  let judge: String
  let isMeasured: Bool

  /// How many have to be asked, and paid for.
  package var open: Int { requests - answered }

  package var description: String {
    let told = isMeasured ? "as the answers that are there" : "a guess, until there are answers"
    return "\(open) requests of \(judge)"
      + (answered > 0 ? " (\(answered) more are answered already)" : "")
      + (open > 0
        ? ", about \(Self.thousands(promptTokens)) tokens in and \(Self.thousands(answerTokens)) out "
          + "(\(told))" : "")
  }

  private static func thousands(_ count: Int) -> String {
    count < 10_000 ? "\(count)" : "\((count + 500) / 1000) thousand"
  }
}
