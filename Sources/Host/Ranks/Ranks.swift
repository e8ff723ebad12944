internal import Foundation

/// The processes that do the work of one command together; most often one alone.
///
/// All of them are given the same command and decide alike what each one's share is. The first, of rank 0, speaks and
/// writes what all have found; where one fails, all end.
package struct Ranks: Sendable {
  private let channel: (any RankChannel)?

  /// One process, which does everything.
  package static let alone = Ranks(channel: nil)

  private init(channel: (any RankChannel)?) { self.channel = channel }

  package init(over channel: any RankChannel) { self.channel = channel }

  /// This process' rank, from 0.
  package var number: Int { channel?.number ?? 0 }
  package var count: Int { channel?.count ?? 1 }
  package var isFirst: Bool { number == 0 }

  /// This rank's share of some things in a row: those of neighbouring ranks follow each other.
  package func share(of things: Int) -> Range<Int> { share(of: things, for: number) }

  private func share(of things: Int, for rank: Int) -> Range<Int> {
    things * rank / count..<things * (rank + 1) / count
  }

  /// - Throws: `RankFailure` once another rank has failed.
  package func check() throws(RankFailure) {
    for rank in others {
      guard let reason = channel?.receive(.failure, from: rank) else { continue }
      throw RankFailure(rank: rank, reason: String(decoding: reason, as: UTF8.self))
    }
  }

  /// Brings what each rank has to the first, which gets all of it by rank; others get nil.
  ///
  /// - Throws: `RankFailure` where another rank has failed.
  package func gather<Value: Codable>(_ own: Value) throws -> [Value]? {
    guard isFirst else {
      try send(own, to: 0)
      return nil
    }
    return try [own] + others.map { try receive(from: $0) }
  }

  /// Brings what the other ranks have of their shares of some things to the first, one thing after the other in their
  /// order: it holds one at a time.
  ///
  /// - Parameters:
  ///   - own: what this rank has of its share; the first's does not go anywhere.
  ///   - take: is given each, on the first rank.
  /// - Throws: what `take` throws; `RankFailure` where another rank has failed.
  package func hand<Value: Codable>(
    _ own: [Value], of things: Int, to take: (Value) throws -> Void
  ) throws {
    guard isFirst else {
      precondition(own.count == share(of: things).count, "\(own.count) of another share")
      for value in own { try send(value, to: 0) }
      return
    }
    for rank in others {
      for _ in share(of: things, for: rank) { try take(receive(from: rank)) }
    }
  }

  /// Does something on the first rank alone, while the others wait, and tells them what came of it.
  ///
  /// - Throws: what the first throws; `RankFailure` where another rank has failed.
  package func onFirst<Value: Codable>(_ work: () throws -> Value) throws -> Value {
    guard isFirst else { return try receive(from: 0) }
    let value = try work()
    for rank in others { try send(value, to: rank) }
    return value
  }

  /// Does all the work of a command on this rank, and returns when it is done on all.
  ///
  /// - Throws: what the work throws, after the others have been told; `RankFailure` where another rank has failed.
  package func together(_ work: () throws -> Void) throws {
    do {
      try work()
      _ = try gather(true)
      _ = try onFirst { true }
    } catch {
      if !(error is RankFailure) { tell(String(describing: error)) }
      throw error
    }
  }

  /// Takes leave of the other ranks, which waits for all of them: the last that is done with them.
  package func leave() { channel?.close() }

  private var others: [Int] { (0..<count).filter { $0 != number } }

  private func tell(_ reason: String) {
    for rank in others {
      // A long message would wait for its receiver, who may be busy; and who has failed, too, takes none.
      try? channel?.send(
        Array(reason.utf8.prefix(2000)), as: .failure, to: rank,
        check: { () throws(RankFailure) in })
    }
  }

  private func send(_ value: some Codable, to rank: Int) throws {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    try channel?.send([UInt8](encoder.encode(value)), as: .content, to: rank, check: check)
  }

  private func receive<Value: Codable>(from rank: Int) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(Value.self, from: Data(next(from: rank)))
  }

  /// Waits for a message, without keeping a core busy that another rank may compute on.
  private func next(from rank: Int) throws(RankFailure) -> [UInt8] {
    while true {
      if let message = channel?.receive(.content, from: rank) { return message }
      try check()
      Thread.sleep(forTimeInterval: 0.001)
    }
  }
}
