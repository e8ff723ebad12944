internal import Foundation
internal import LatentLensFormats
internal import LatentLensNetwork

/// The answers of a judge, each in a file that is named by the SHA-256 of what was asked: what is paid for
/// once is never asked again.
struct AnswerStore: Sendable {
  let folder: String

  private func path(_ digest: String) -> String { "\(folder)/\(digest).json" }

  /// - Throws: `JSONError` for a file that holds no answer.
  func answer(to digest: String) throws -> ChatAnswer? {
    guard PathKind(of: path(digest)) != nil else { return nil }
    let root = try JSONNode(contentsOf: path(digest))
    guard try root.required("request").string() == digest else {
      throw try root.required("request").error(
        "is another request than the name says; remove the file")
    }
    return ChatAnswer(
      text: try root.required("answer").string(), ending: try root["ending"]?.string(),
      promptTokens: try root["prompt_tokens"]?.integer(),
      answerTokens: try root["answer_tokens"]?.integer())
  }

  /// Keeps an answer; once this returns, it is on the disk.
  func keep(_ answer: ChatAnswer, to digest: String, of endpoint: ChatEndpoint) throws {
    _ = try OutputFolder(folder)
    let document: JSONValue = [
      "request": .string(digest), "endpoint": .string(endpoint.base),
      "model": .string(endpoint.model), "answer": .string(answer.text),
      "ending": answer.ending.map(JSONValue.string) ?? .null,
      "prompt_tokens": answer.promptTokens.map { .integer(Int64($0)) } ?? .null,
      "answer_tokens": answer.answerTokens.map { .integer(Int64($0)) } ?? .null,
    ]
    let file = try AtomicFile(path: path(digest))
    try file.write(document.text(indented: true) + "\n")
    try file.commit()
  }
}
