internal import CLatentLensHTTP
package import LatentLensFormats

/// Sends requests to servers, through libcurl. It is the only way out of this program to the network.
package struct HTTPClient: Sendable {
  /// The longest that a request may take, in seconds.
  private let timeout: Int
  private let agent: String

  /// A server may ask for an hour, and no more.
  private static let longestPause = 3600

  /// - Throws: `HostError` where libcurl cannot be used.
  package init(timeout: Int, agent: String) throws(HostError) {
    guard http_prepare() == 0 else {
      throw HostError("libcurl cannot be used; check how it is installed")
    }
    self.timeout = timeout
    self.agent = agent
  }

  /// A whole answer, whatever its status.
  package struct Answer: Sendable {
    package let status: Int
    package let body: [UInt8]
    /// How many seconds the server asks to wait, an hour at most; nil where it does not say.
    package let retryAfter: Double?
  }

  /// No whole answer has come; says why.
  package struct Failure: Error {
    package let reason: String
  }

  /// Sends JSON and waits for the answer.
  ///
  /// - Parameter authorization: the value of the header of that name; nil for none.
  package func post(
    _ body: [UInt8], to url: String, authorization: String?
  ) throws(Failure) -> Answer {
    // libcurl is C: it borrows texts and body for the call, and its answer's memory is freed here.
    var answer = unsafe http_answer()
    unsafe body.withUnsafeBufferPointer { bytes in
      unsafe http_post_json(
        url, authorization, agent, bytes.baseAddress, bytes.count, timeout, &answer)
    }
    defer { unsafe http_free(&answer) }
    guard unsafe answer.status != 0 else {
      let reason = unsafe withUnsafeBytes(of: answer.error) { error in
        unsafe String(decoding: error.prefix { $0 != 0 }, as: UTF8.self)
      }
      throw Failure(reason: reason)
    }
    return unsafe Answer(
      status: answer.status,
      body: Array(UnsafeBufferPointer(start: answer.body, count: answer.count)),
      retryAfter: answer.retry_after > 0
        ? Double(min(answer.retry_after, Self.longestPause)) : nil)
  }
}
