package import LatentLensRanks

#if MPI
  internal import CLatentLensMPI
  internal import Glibc

  extension Ranks {
    /// The processes that a launcher of MPI has started together; this one alone where nobody did.
    package static func launched() -> Ranks {
      // Begun alone, MPI would start processes of its own.
      let launchers = ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"]
      guard launchers.contains(where: { unsafe getenv($0) != nil }) else { return .alone }
      return Ranks(over: MPIChannel())
    }
  }

  /// Messages over MPI, all from one thread.
  private struct MPIChannel: RankChannel {
    let number: Int
    let count: Int

    /// MPI counts bytes in 32 bits: what is longer goes in pieces.
    private static let piece = 1 << 30

    init() {
      var (number, count) = (Int32(0), Int32(1))
      unsafe ll_mpi_begin(&number, &count)
      (self.number, self.count) = (Int(number), Int(count))
    }

    func close() { ll_mpi_end() }

    func send(
      _ bytes: [UInt8], as kind: RankMessage, to rank: Int,
      check: () throws(RankFailure) -> Void
    ) throws(RankFailure) {
      // How long it is goes before it.
      let count = UInt64(bytes.count)
      try send((0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }[...], kind, rank, check)
      for first in stride(from: 0, to: bytes.count, by: Self.piece) {
        try send(bytes[first..<min(first + Self.piece, bytes.count)], kind, rank, check)
      }
    }

    private func send(
      _ bytes: ArraySlice<UInt8>, _ kind: RankMessage, _ rank: Int,
      _ check: () throws(RankFailure) -> Void
    ) throws(RankFailure) {
      var failure: RankFailure?
      // MPI reads the bytes until it says that they are sent, which is waited for here.
      unsafe bytes.withUnsafeBytes { buffer in
        var request = unsafe ll_mpi_send(
          buffer.baseAddress, Int32(buffer.count), Int32(rank), Int32(kind.rawValue))
        while unsafe !ll_mpi_is_sent(&request) {
          do throws(RankFailure) {
            try check()
          } catch {
            failure = error
            return
          }
          usleep(200)
        }
      }
      if let failure { throw failure }
    }

    func receive(_ kind: RankMessage, from rank: Int) -> [UInt8]? {
      guard ll_mpi_is_there(Int32(rank), Int32(kind.rawValue)) else { return nil }
      let count = receive(8, kind, rank).reversed().reduce(0) { $0 << 8 | Int($1) }
      var bytes: [UInt8] = []
      for first in stride(from: 0, to: count, by: Self.piece) {
        bytes += receive(min(Self.piece, count - first), kind, rank)
      }
      return bytes
    }

    private func receive(_ count: Int, _ kind: RankMessage, _ rank: Int) -> [UInt8] {
      // MPI writes exactly as many bytes as were sent.
      unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        unsafe ll_mpi_receive(
          buffer.baseAddress, Int32(count), Int32(rank), Int32(kind.rawValue))
        initialized = count
      }
    }
  }
#else
  extension Ranks {
    /// This process alone: others can be reached where the package is built with the trait `MPI`.
    package static func launched() -> Ranks { .alone }
  }
#endif
