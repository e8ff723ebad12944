import Dispatch
import Foundation
import LatentLensFormats
import Synchronization

/// Notices that an end is asked for, by control-C or by whoever runs the machine, so that work ends where
/// nothing is lost. Asked a second time, the program ends at once.
final class Interruption {
  private final class Flag: Sendable {
    let isSet = Mutex(false)

    func check() throws(HostError) {
      if isSet.withLock({ $0 }) { throw HostError("stopped before it was done, as asked") }
    }
  }

  private static let signals = [SIGINT, SIGTERM]
  private let flag = Flag()
  private let sources: [any DispatchSourceSignal]

  /// - Parameter isTold: whether whoever watches is told that it was noticed.
  init(isTold: Bool = true) {
    sources = Self.signals.map { [flag] number in
      // A source sees a signal only where the system does not act on it.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        flag.isSet.withLock { $0 = true }
        Self.release()
        guard isTold else { return }
        Console.complain("ending as soon as what is begun is done; once more ends at once")
      }
      source.resume()
      return source
    }
  }

  deinit {
    for source in sources { source.cancel() }
    Self.release()
  }

  private static func release() {
    for number in signals { signal(number, SIG_DFL) }
  }

  /// - Throws: `HostError` once an end was asked for.
  func check() throws(HostError) { try flag.check() }

  /// Waits until an end is asked for.
  func wait() { while (try? check()) != nil { Thread.sleep(forTimeInterval: 0.05) } }

  /// The same, to be carried to other threads.
  var checking: @Sendable () throws -> Void { { [flag] in try flag.check() } }
}
