/// How the ranks of a job reach each other. What is said over it is the business of `Ranks`.
///
/// Messages of one kind come in the order in which a rank has sent them, each once.
package protocol RankChannel: Sendable {
  /// This process' rank, from 0.
  var number: Int { get }
  var count: Int { get }

  /// Sends a message to another rank.
  ///
  /// - Parameter check: is called now and then while nobody takes the message; what it throws gives up.
  func send(
    _ bytes: [UInt8], as kind: RankMessage, to rank: Int, check: () throws(RankFailure) -> Void
  ) throws(RankFailure)

  /// The next message of a kind that another rank has sent; nil while there is none.
  func receive(_ kind: RankMessage, from rank: Int) -> [UInt8]?

  /// Ends it; nothing may be sent or received after that.
  func close()
}

/// The kinds of messages between ranks.
package enum RankMessage: Int, Sendable {
  case content
  /// Why the sender has ended, for whoever is told it first.
  case failure
}

/// Another rank has failed: what it said, for whoever speaks for all.
package struct RankFailure: Error, Equatable, CustomStringConvertible {
  package let rank: Int
  /// What is wrong there: a whole sentence.
  package let reason: String

  package init(rank: Int, reason: String) {
    self.rank = rank
    self.reason = reason
  }

  package var description: String { "rank \(rank): \(reason)" }
}
