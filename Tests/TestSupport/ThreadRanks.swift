import Foundation
package import LatentLensRanks
import Synchronization

/// A job whose ranks are threads of this process: what is done over MPI, without it.
package enum ThreadRanks {
  /// Does some work on so many ranks at once.
  ///
  /// - Returns: by rank what came of it.
  package static func run<Value: Sendable>(
    _ count: Int, watching watch: Watch = Watch(),
    _ work: @escaping @Sendable (Ranks) throws -> Value
  ) -> [Result<Value, any Error>] {
    let (mail, outcomes) = (Mail(watch: watch), Outcomes<Value>())
    let ended = DispatchGroup()
    for number in 0..<count {
      ended.enter()
      // Ranks wait for each other, so that each needs a thread of its own.
      let thread = Thread {
        let ranks = Ranks(over: Channel(number: number, count: count, mail: mail))
        outcomes.note(
          number,
          Result {
            var value: Value?
            try ranks.together { value = try work(ranks) }
            ranks.leave()
            return value!
          })
        ended.leave()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    ended.wait()
    return outcomes.byRank
  }

  /// What goes from rank to rank.
  package final class Watch: Sendable {
    private let largest = Mutex(0)

    package init() {}

    /// The bytes of the largest message.
    package var largestMessage: Int { largest.withLock(\.self) }

    fileprivate func note(_ bytes: [UInt8]) {
      largest.withLock { $0 = max($0, bytes.count) }
    }
  }

  private final class Outcomes<Value: Sendable>: Sendable {
    private let found = Mutex<[Int: Result<Value, any Error>]>([:])

    func note(_ number: Int, _ result: Result<Value, any Error>) {
      found.withLock { $0[number] = result }
    }

    var byRank: [Result<Value, any Error>] {
      found.withLock { found in found.sorted { $0.key < $1.key }.map(\.value) }
    }
  }

  /// Messages on their way.
  private final class Mail: Sendable {
    struct Address: Hashable {
      let from, to: Int
      let kind: RankMessage
    }

    let messages = Mutex<[Address: [[UInt8]]]>([:])
    let watch: Watch

    init(watch: Watch) { self.watch = watch }
  }

  private struct Channel: RankChannel {
    let number: Int
    let count: Int
    let mail: Mail

    func send(
      _ bytes: [UInt8], as kind: RankMessage, to rank: Int,
      check: () throws(RankFailure) -> Void
    ) throws(RankFailure) {
      mail.watch.note(bytes)
      let address = Mail.Address(from: number, to: rank, kind: kind)
      mail.messages.withLock { $0[address, default: []].append(bytes) }
    }

    func receive(_ kind: RankMessage, from rank: Int) -> [UInt8]? {
      let address = Mail.Address(from: rank, to: number, kind: kind)
      return mail.messages.withLock { messages in
        guard messages[address]?.isEmpty == false else { return nil }
        return messages[address]?.removeFirst()
      }
    }

    func close() {}
  }
}
